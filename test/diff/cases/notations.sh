How values of flags are written, beyond the usual. None of these starts a box.

# case: variable-that-is-not-set-here
unset COLOR
docker create -e COLOR --name one web
docker inspect -f '{{json .Config.Env}}' one
docker create -e COLOR=red -e COLOR --name two web
docker inspect -f '{{json .Config.Env}}' two
docker create -e COLOR -e COLOR=red --name three web
docker inspect -f '{{json .Config.Env}}' three

# case: variable-of-a-file-that-is-not-set-here
unset COLOR
echo COLOR >list
docker create --env-file list --name one web
docker inspect -f '{{json .Config.Env}}' one

# case: white-space-in-env-files
printf ' \tA= x \n#B=1\n\n  # C=1\nD=\r\n' >list
docker create --env-file list --name one busybox
docker inspect -f '{{json .Config.Env}}' one
printf 'A\302\240B=1\nA\013=2\n' >list
docker create --env-file list --name two busybox
docker inspect -f '{{json .Config.Env}}' two
printf 'A B=1\n' >list
docker create --env-file list busybox
docker create --label-file list busybox
printf 'A\t=1\n' >list
docker create --env-file list busybox

# case: long-lines-in-env-files
{ printf A=; head -c 65533 /dev/zero | tr '\0' x; } >list
docker create --env-file list --name one busybox
docker inspect -f '{{range .Config.Env}}{{len .}} {{end}}' one
printf x >>list
docker create --env-file list busybox

# case: amounts-of-memory
# words: You should always set the Memory limit|Minimum memoryswap limit|Minimum memory limit can not be less
docker create --memory-swap 2g busybox
docker create -m 1g --memory-swap 512m busybox
docker create -m 1g --memory-reservation 2g busybox
docker create --memory-swap -1 --name one busybox
docker create --memory-swap 0 --name two busybox
docker create -m 1g --memory-swap 2g --name three busybox
docker inspect -f '{{.HostConfig.MemorySwap}}' three

# case: sizes
for size in 1e6 1.5e3k 0x1p20 +1_000k 1.k '1 m' 1MiB 1p 9007199254740993; do
  docker create --shm-size "$size" --name one busybox
  docker inspect -f '{{.HostConfig.ShmSize}}' one
  quiet docker rm one
done
for size in '' 1e 0x10 1e9999 -1 inf '1  m' ' 1m' '1m ' 1mi 1bb 1x; do docker create --shm-size "$size" busybox; done

# case: limits-of-processes
for limit in nofile=-2 nofile=-2:-1 nofile=+5 core=9223372036854775807; do
  docker create --ulimit "$limit" --name one busybox
  docker inspect -f '{{json .HostConfig.Ulimits}}' one
  quiet docker rm one
done
for limit in nofile=-1:-5 nofile=5:-5 nofile=-1:3 nofile=9223372036854775808 nofile=0x10 nofile=1:2:3 nofile=1: nofile= =1 NOFILE=1; do
  docker create --ulimit "$limit" busybox
done

# case: limit-of-processes-that-is-none
docker create --pids-limit 0 --name one busybox
docker create --pids-limit -1 --name two busybox
docker create --pids-limit 100 --name three busybox
docker inspect -f '{{.HostConfig.PidsLimit}}' one two three

# case: shorthand-of-cpu-shares
docker create -c 512 --name one busybox sh -c true
docker inspect -f '{{.HostConfig.CpuShares}} {{json .Config.Cmd}}' one
docker update -c 256 one
docker inspect -f '{{.HostConfig.CpuShares}}' one

# case: security-options
for value in T t TRUE True F FALSE 1 0; do docker create --security-opt no-new-privileges=$value busybox; done
docker create --security-opt no-new-privileges:T busybox
docker create --security-opt no-new-privileges=yes busybox
docker create --security-opt no-new-privileges= busybox
docker create --security-opt systempaths=unconfined busybox
docker create --security-opt systempaths:unconfined busybox
docker create --security-opt systempaths=foo busybox
docker create --security-opt nosuch=1 busybox
docker create --security-opt nosuch busybox

# case: long-notation-of-ports
ports() {
  docker create -p "$1" --name one busybox && docker inspect -f '{{json .HostConfig.PortBindings}}' one
  quiet docker rm one
}
ports target=80,published=8080
ports target=53,published=127.0.0.1:53,protocol=udp
ports target=80-81,published=8080-8081
ports target=80,published=8080,mode=host
ports target=80
ports target=80,target=81,published=8080
ports published=80
ports target=80,published
ports target=80,published=99999
ports target=80,published=8080,protocol=nosuch
ports TARGET=80

# case: mount-with-options-twice
mount() {
  docker create --mount "$1" --name one busybox && docker inspect -f '{{range .Mounts}}{{.Type}} {{.Name}} {{.RW}}{{end}}' one
  quiet docker rm one
}
mount type=volume,src=one,source=two,dst=/data
mount type=bind,type=volume,src=one,dst=/data
mount type=volume,src=one,dst=/data,ro,readonly=F
mount type=volume,src=one,dst=/data,readonly=TRUE

# case: mounts-that-are-wrong
mkdir folder
docker create --mount type=volume,src=one,dst=/data,readonly=nosuch busybox
docker create --mount type=volume,src=one,dst=/data,nosuch=1 busybox
docker create --mount type=volume,src=one,dst=/data,nosuch busybox
docker create --mount type=volume,src=one busybox
docker create --mount type=nosuch,src=one,dst=/data busybox
docker create --mount type=volume,src=one,dst=/data,bind-propagation=rprivate busybox
docker create --mount type=bind,src=folder,dst=/data busybox
docker create --mount "type=bind,src=$PWD/folder,dst=/data,bind-propagation=nosuch" busybox
docker create --mount type=tmpfs,src=one,dst=/data busybox
docker create --mount type=tmpfs,dst=/data,tmpfs-mode=9 busybox
docker create --mount type=volume,src=a/b,dst=/data busybox
docker create --mount type=volume,src=one,dst=data busybox

# case: options-of-volumes
mkdir folder
for mode in z Z cached delegated consistent private rprivate ro rw ro,z,cached,private; do
  docker create -v "$PWD/folder:/here:$mode" busybox
done
for mode in z cached nocopy ro,nocopy; do docker create -v "one:/here:$mode" busybox; done

# case: volumes-that-are-wrong
# words: includes invalid characters for a local volume name|empty section between colons|invalid mode|too many colons
mkdir folder
for volume in src/x:/y '~/x:/y' :/y one: one::ro one:/y: one:/y:rw:ro one:/y:nosuch one:/y:ro,rw one:/y:ro, one:/y:z,Z one:/y:RO one:/y:private one:/ one:y; do
  docker create -v "$volume" busybox
done
for mode in nocopy cached,delegated ro,ro nosuch; do docker create -v "$PWD/folder:/y:$mode" busybox; done

# case: changes-of-several-lines
mkdir root
tar -C root -cf root.tar .
docker import -c "$(printf 'ENV A=1\n# comment\n\nENV B=2 \\\n  # comment\n\n C=3\nCMD echo "$A"\n')" -c 'USER one' root.tar mine
docker image inspect -f '{{json .Config.Env}} {{json .Config.Cmd}} {{.Config.User}}' mine
docker import -c "$(printf 'ENV A=1\r\nENV B=2\r\n')" root.tar mine
docker image inspect -f '{{json .Config.Env}}' mine
docker import -c 'ENV A=1 \' root.tar mine
docker image inspect -f '{{json .Config.Env}}' mine

# case: changes-that-are-wrong
mkdir root
tar -C root -cf root.tar .
docker import -c '' root.tar mine
docker import -c '# comment' root.tar mine
docker import -c "$(printf 'ENV A=1\nRUN true')" root.tar mine
docker import -c "$(printf 'ENV A="1\n2"')" root.tar mine
