What differs on purpose, row by row of docs/differences.md. None of these starts a box.

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

# case: size-of-the-writable-layer
# differs: storage-size
docker create --storage-opt size=1g busybox

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

# case: a-mount-over-a-tmpfs
# differs: mount-over-tmpfs
docker create --tmpfs /x --mount type=volume,source=first,target=/x busybox
