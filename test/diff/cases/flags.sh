How values and flags are written: with `=`, in clusters, several times, empty. Nothing here starts a box.

# case: value-after-equals-sign
docker create --name=a1 busybox true
docker create -e=A=1 --name a2 busybox true
docker create -l=x=y -w=/tmp -u=nobody -h=host1 --name a3 busybox true
docker ps -a --format='{{.Names}}'
docker inspect -f '{{.Config.WorkingDir}} {{.Config.User}} {{.Config.Hostname}}' a3

# case: value-joined-to-a-shorthand
docker create -eA=1 -lx=y -w/tmp -uroot --name b1 busybox true
docker inspect -f '{{.Config.WorkingDir}} {{.Config.User}} {{index .Config.Labels "x"}}' b1

# case: cluster
docker create -it --name c1 busybox
docker inspect -f '{{.Config.OpenStdin}} {{.Config.Tty}}' c1
docker create -ti --name c2 busybox
docker inspect -f '{{.Config.OpenStdin}} {{.Config.Tty}}' c2
docker ps -aq --no-trunc
docker ps -qa

# case: cluster-with-a-value
docker create -ite A=1 --name cl1 busybox
docker inspect -f '{{.Config.OpenStdin}} {{.Config.Tty}} {{index .Config.Env 0}}' cl1
docker ps -aqn 1
docker ps -aqn1
docker ps -aqn=1

# case: cluster-with-true
docker create -it=true --name ct1 busybox
docker inspect -f '{{.Config.OpenStdin}} {{.Config.Tty}}' ct1

# case: cluster-with-false
docker create -it=false --name cf1 busybox
docker inspect -f '{{.Config.OpenStdin}} {{.Config.Tty}}' cf1

# case: booleans
docker create --tty=true --name bo1 busybox
docker create --tty=T --name bo2 busybox
docker create --tty=TRUE --name bo3 busybox
docker create --tty=1 --name bo4 busybox
docker create --tty=True --name bo5 busybox
docker create --tty=t --name bo6 busybox
docker inspect -f '{{.Name}} {{.Config.Tty}}' bo1 bo2 bo3 bo4 bo5 bo6

# case: booleans-that-are-false
docker create --tty=false --name bf1 busybox
docker create --tty=F --name bf2 busybox
docker create --tty=0 --name bf3 busybox
docker create --rm=false --name bf4 busybox
docker inspect -f '{{.Name}} {{.Config.Tty}} {{.HostConfig.AutoRemove}}' bf1 bf2 bf3 bf4

# case: booleans-that-are-neither
docker create --tty=yes busybox
docker create --tty=2 busybox
docker create --rm=no busybox
docker create --tty= busybox
docker ps -a=maybe

# case: boolean-does-not-take-the-next-word
docker create --tty --name bn1 busybox false
docker inspect -f '{{.Config.Tty}} {{json .Config.Cmd}}' bn1

# case: the-last-one-counts
docker create --name first --name last1 busybox true
docker create -w /a -w /b -u 1 -u 2 -h one -h two --name last2 busybox true
docker ps -a --format '{{.Names}}'
docker inspect -f '{{.Config.WorkingDir}} {{.Config.User}} {{.Config.Hostname}}' last2

# case: the-last-boolean-counts
docker create --rm --rm=false --name lb1 busybox true
docker create --rm=false --rm --name lb2 busybox true
docker create -t -t=false --name lb3 busybox true
docker inspect -f '{{.HostConfig.AutoRemove}} {{.Config.Tty}}' lb1 lb2 lb3

# case: empty-name
docker create --name '' busybox true
docker create --name= busybox true
docker ps -a --format '{{.Image}} {{.Command}}'

# case: empty-values
docker create -w '' -u '' -h '' --entrypoint '' --network '' --restart '' --name ev1 busybox true
docker inspect -f '{{.Config.WorkingDir}}|{{.Config.User}}|{{json .Config.Entrypoint}}|{{.HostConfig.RestartPolicy.Name}}' ev1

# case: empty-resources
docker create -m '' --cpus '' --cpuset-cpus '' --shm-size '' --name er1 busybox true

# case: empty-numbers
docker create --pids-limit '' busybox true
docker create --cpu-shares '' busybox true

# case: empty-environment
docker create -e '' busybox true
docker create -e =x busybox true
docker create -l '' busybox true

# case: empty-volume-and-port
docker create -v '' busybox true
docker create -p '' busybox true
docker create --mount '' busybox true

# case: empty-image
docker create ''
docker run ''
docker pull ''

# case: double-dash-ends-flags
docker create --name dd1 -- busybox ls -l
docker inspect -f '{{json .Config.Cmd}}' dd1

# case: words-after-the-image
docker create --name wi1 busybox ls -l --all
docker create --name wi2 busybox sh -c 'echo "$1"' -- --rm
docker create --name wi3 tool --version
docker create --name wi4 tool -h
docker create --name wi5 tool --help
docker inspect -f '{{json .Config.Cmd}}' wi1 wi2 wi3 wi4 wi5

# case: words-after-the-image-that-look-like-flags-of-run
docker create --name wf1 tool -e A=1
docker create --name wf2 tool -p 80
docker create --name wf3 tool --name other
docker create --name wf4 --entrypoint cat tool -t file
docker inspect -f '{{json .Config.Cmd}}' wf1 wf2 wf3 wf4

# case: environment
export FROM_HERE=here
docker create -e A=1 -e B= -e FROM_HERE -e C='a b' -e A=2 --name env1 busybox
sorted docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' env1

# case: environment-of-the-image
docker create -e COLOR=red --name env2 web
docker create -e EMPTY=full -e NEW=1 --name env3 web
sorted docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' env2 env3

# case: env-file
printf '# a comment\nA=1\n\nB=two words\nC=\nFROM_HERE\n  D=4\n' >list
export FROM_HERE=here
docker create --env-file list --name ef1 busybox
docker create --env-file list -e A=over --name ef2 busybox
sorted docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' ef1 ef2

# case: env-file-that-is-missing
docker create --env-file nosuch busybox
docker run --env-file nosuch busybox

# case: env-file-that-is-broken
printf 'A B=1\n' >list
docker create --env-file list busybox
printf '=1\n' >list
docker create --env-file list busybox

# case: labels
docker create -l a=1 --label b --label c= -l a=2 --name la1 busybox
docker inspect -f '{{json .Config.Labels}}' la1

# case: labels-of-the-image
docker create -l tier=other -l mine=1 --name la2 web
docker inspect -f '{{json .Config.Labels}}' la2

# case: label-file
printf '# labels\none=1\ntwo\n' >labels
docker create --label-file labels -l one=2 --name lf1 busybox
docker inspect -f '{{json .Config.Labels}}' lf1
docker create --label-file nosuch busybox

# case: entrypoint
docker create --entrypoint cat --name ep1 tool
docker create --entrypoint cat --name ep2 tool /etc/passwd
docker create --entrypoint '' --name ep3 tool ls
docker create --entrypoint 'sh -c' --name ep4 busybox
docker inspect -f '{{.Path}} {{json .Args}} {{json .Config.Entrypoint}} {{json .Config.Cmd}}' ep1 ep2 ep3 ep4

# case: no-command
# words: no command specified
printf x >x; tar cf empty.tar x
docker import empty.tar nothing
docker create nothing
docker create nothing x

# case: memory
docker create -m 64m --name m1 busybox
docker create -m 128M --name m2 busybox
docker create -m 1g --name m3 busybox
docker create --memory=268435456 --name m4 busybox
docker create -m 131072k --name m5 busybox
docker create -m 0.5g --name m6 busybox
docker inspect -f '{{.HostConfig.Memory}}' m1 m2 m3 m4 m5 m6

# case: memory-that-is-wrong
docker create -m lots busybox
docker create -m 1x busybox
docker create -m -1 busybox

# case: cpus
docker create --cpus 1 --name cp1 busybox
docker create --cpus 2.0 --name cp2 busybox
docker inspect -f '{{.HostConfig.NanoCpus}}' cp1 cp2

# case: cpus-in-parts
docker create --cpus 0.5 --name cq1 busybox
docker create --cpus 1.5 --name cq2 busybox
docker inspect -f '{{.HostConfig.NanoCpus}}' cq1 cq2

# case: cpus-that-are-wrong
docker create --cpus many busybox
docker create --cpus -1 busybox

# case: what-a-box-has-anyway
docker create --ipc private --name wa1 busybox
docker create --cgroupns private --name wa2 busybox
docker create --isolation default --name wa3 busybox
docker create --network default --name wa4 busybox
docker create --disable-content-trust --name wa5 busybox
docker create --oom-score-adj 100 --name wa6 busybox
docker create --expose 81 --name wa7 busybox
docker create --domainname example.org --name wa8 busybox
docker create --log-driver json-file --name wa9 busybox
docker inspect -f '{{.Config.Domainname}} {{.HostConfig.OomScoreAdj}} {{json .Config.ExposedPorts}} {{.HostConfig.LogConfig.Type}}' wa6 wa7 wa8 wa9

# case: log-driver
docker create --log-driver none --name ld1 busybox
docker create --log-driver local --name ld2 busybox
docker create --log-driver json-file --log-opt max-size=1m --log-opt max-file=2 --name ld3 busybox
docker inspect -f '{{json .HostConfig.LogConfig}}' ld1 ld2 ld3

# case: log-driver-that-is-unknown
docker create --log-driver nosuch busybox
docker create --log-opt nosuch=1 busybox

# case: restart-policy
docker create --restart no --name rp1 busybox
docker create --restart always --name rp2 busybox
docker create --restart on-failure --name rp3 busybox
docker create --restart on-failure:3 --name rp4 busybox
docker create --restart unless-stopped --name rp5 busybox
docker inspect -f '{{json .HostConfig.RestartPolicy}}' rp1 rp2 rp3 rp4 rp5

# case: restart-policy-that-is-wrong
docker create --restart sometimes busybox
docker create --restart always:3 busybox
docker create --restart on-failure:x busybox

# case: restart-policy-with-rm
# words: conflict|Conflict
docker create --restart always --rm busybox
docker run --restart always --rm busybox

# case: detached-with-rm
docker create --rm --name dr1 busybox
docker inspect -f '{{.HostConfig.AutoRemove}}' dr1

# case: ports
docker create -p 8080:80 --name p1 busybox
docker create -p 127.0.0.1:8080:80/udp --name p2 busybox
docker create -p 80 --name p3 busybox
docker create -p 8080-8081:80-81 --name p4 busybox
docker create -p 127.0.0.1::80 --name p5 busybox
docker inspect -f '{{json .HostConfig.PortBindings}}' p1 p2 p3 p4 p5

# case: ports-exposed
docker create --expose 80 --expose 90/udp --expose 100-102 --name pe1 busybox
docker inspect -f '{{json .Config.ExposedPorts}}' pe1

# case: ports-that-are-wrong
docker create -p 80:nosuch busybox
docker create -p 70000:80 busybox
docker create -p 1:2:3:4 busybox
docker create -p 8080-8082:80-81 busybox
docker create --expose x busybox

# case: volumes
mkdir folder
docker create -v name1:/data --name v1 busybox
docker create -v "$PWD/folder:/here:ro" --name v2 busybox
docker create -v /anonymous --name v3 busybox
docker create --mount type=volume,src=name2,dst=/data --name v4 busybox
docker create --mount "type=bind,source=$PWD/folder,target=/here,readonly" --name v5 busybox
docker create --tmpfs /tmp:size=1m --name v6 busybox
docker inspect -f '{{json .HostConfig.Binds}}' v1 v2 v3 v4 v5
docker inspect -f '{{json .HostConfig.Tmpfs}}' v6
docker inspect -f '{{range .Mounts}}{{.Type}} {{.Destination}} {{.RW}}{{end}}' v1 v2 v3 v4 v5

# case: volumes-that-are-wrong
docker create -v vol:b busybox
docker create -v vol:/b:nosuch busybox
docker create -v vol:/b:ro:x busybox
docker create --mount type=nosuch,dst=/x busybox
docker create --mount type=bind,src=/nosuch/folder,dst=/x busybox
docker create --mount type=volume,src=x busybox
docker create --mount nosuch busybox

# case: volume-that-covers-the-root
docker create -v vol:/ busybox
docker create --tmpfs / busybox

# case: working-folder-that-is-relative
docker create -w tmp busybox
docker run -w tmp busybox

# case: hostnames
docker create -h host1 --name ho1 busybox
docker create --hostname host2.example.org --name ho2 busybox
docker inspect -f '{{.Config.Hostname}}' ho1 ho2

# case: extra-hosts-and-dns
docker create --add-host a.example:1.2.3.4 --add-host b.example=5.6.7.8 --dns 9.9.9.9 --dns-search example.org --dns-option ndots:2 --name dn1 busybox
docker inspect -f '{{json .HostConfig.ExtraHosts}} {{json .HostConfig.Dns}} {{json .HostConfig.DnsSearch}} {{json .HostConfig.DnsOptions}}' dn1

# case: extra-hosts-that-are-wrong
docker create --add-host a busybox
docker create --add-host a:nosuch busybox
docker create --dns nosuch busybox

# case: capabilities
docker create --cap-add NET_ADMIN --cap-drop all --name ca1 busybox
docker create --cap-add cap_sys_time --cap-add sys_ptrace --name ca2 busybox
docker inspect -f '{{json .HostConfig.CapAdd}} {{json .HostConfig.CapDrop}}' ca1 ca2

# case: capabilities-that-are-unknown
docker create --cap-add nosuch busybox
docker create --cap-drop nosuch busybox

# case: ulimits
docker create --ulimit nofile=1024:2048 --ulimit nproc=100 --name ul1 busybox
docker inspect -f '{{json .HostConfig.Ulimits}}' ul1
docker create --ulimit nosuch=1 busybox
docker create --ulimit nofile=2:1 busybox
docker create --ulimit nofile busybox

# case: devices
docker create --device /dev/null:/dev/x:rw --name de1 busybox
docker inspect -f '{{json .HostConfig.Devices}}' de1
docker create --device /dev/null:/dev/x:q busybox

# case: security-options
docker create --security-opt no-new-privileges --privileged --read-only --name so1 busybox
docker inspect -f '{{json .HostConfig.SecurityOpt}} {{.HostConfig.Privileged}} {{.HostConfig.ReadonlyRootfs}}' so1
docker create --security-opt nosuch busybox

# case: health
docker create --health-cmd 'test -e /ok' --health-interval 5s --health-timeout 1s --health-retries 3 --health-start-period 1m --name he1 busybox
docker create --no-healthcheck --name he2 example/db:14
docker create --health-retries 5 --name he3 example/db:14
docker inspect -f '{{json .Config.Healthcheck}}' he1 he2 he3

# case: health-that-is-wrong
docker create --health-cmd true --no-healthcheck busybox
docker create --health-cmd true --health-interval soon busybox
docker create --health-cmd true --health-interval -1s busybox

# case: stop-signal
docker create --stop-signal INT --stop-timeout 3 --name ss1 busybox
docker create --name ss2 web
docker inspect -f '{{.Config.StopSignal}} {{json .Config.StopTimeout}}' ss1 ss2
docker create --stop-signal nosuch busybox

# case: platform
docker create --platform linux/amd64 --name pl1 busybox
docker create --platform linux/nosuch busybox
docker create --platform plan9 busybox

# case: pull-policy
docker create --pull never --name pu1 busybox
docker create --pull missing --name pu2 busybox
docker create --pull sometimes busybox
docker create --pull never nosuch/image

# case: cid-file
docker create --cidfile id --name cd1 busybox
note sh -c 'wc -c <id'
docker create --cidfile id --name cd2 busybox
docker ps -aq

# case: user
docker create -u 1000 --name u1 busybox
docker create -u nobody:nogroup --name u2 busybox
docker create --group-add 5 --group-add tty --name u3 busybox
docker inspect -f '{{.Config.User}} {{json .HostConfig.GroupAdd}}' u1 u2 u3

# case: shm-and-pids
docker create --shm-size 32m --pids-limit 50 --name sp1 busybox
docker inspect -f '{{.HostConfig.ShmSize}} {{.HostConfig.PidsLimit}}' sp1

# case: init
docker create --init --name in1 busybox
docker inspect -f '{{.HostConfig.Init}}' in1

# case: sysctl
docker create --sysctl net.ipv4.ip_forward=1 --name sy1 busybox
docker inspect -f '{{json .HostConfig.Sysctls}}' sy1
docker create --sysctl nosuch busybox

# case: detach-keys
docker create --name dk1 busybox
docker start -a --detach-keys nosuch dk1
docker attach --detach-keys nosuch dk1
