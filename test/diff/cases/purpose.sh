What differs on purpose, row by row of docs/differences.md. None of these starts a box.

# case: variable-that-is-not-set-here
# differs: env-unset
unset COLOR
docker create -e COLOR --name one web
docker inspect -f '{{json .Config.Env}}' one

# case: very-little-memory
# differs: memory-minimum
docker create -m 32m busybox

# case: memory-in-parts-of-a-mebibyte
# differs: inspect
docker create -m 100000k --name one busybox
docker inspect -f '{{.HostConfig.Memory}}' one

# case: host-name-with-a-space
# differs: host-names
docker create -h 'not good' busybox

# case: swap-without-memory
# differs: memory-swap
docker create --memory-swap 2g busybox

# case: size-of-the-writable-layer
# differs: storage-size
docker create --storage-opt size=1g busybox

# case: shorthand-of-cpu-shares
# differs: cpu-shares
docker create -c 512 busybox

# case: sctp-port
# differs: sctp
docker create -p 8080:80/sctp busybox

# case: port-without-a-network
# differs: port-without-network
docker create --network none -p 8080:80 busybox

# case: resolver-on-loopback
# differs: dns-loopback
docker create --dns 127.0.0.1 busybox

# case: mount-propagation
# differs: propagation
mkdir folder
docker create -v "$PWD/folder:/here:rshared" busybox

# case: mount-with-an-option-twice
# differs: mount-twice
docker create --mount type=volume,src=one,src=two,dst=/data busybox

# case: import-of-xz
# differs: import-xz
mkdir root
tar -C root -cf root.tar .
xz root.tar
docker import root.tar.xz mine

# case: change-of-several-lines
# differs: one-instruction
mkdir root
tar -C root -cf root.tar .
docker import -c "$(printf 'ENV A=1\nENV B=2')" root.tar mine
