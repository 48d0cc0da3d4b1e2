Commands in a running box that the cases share.

# shared
docker run -d --name shared -e COLOR=blue -w /tmp busybox sh -c 'echo started; while :; do sleep 1000; done'
docker create --name never busybox true

# case: exit-codes
# vm
docker exec shared true
docker exec shared false
docker exec shared sh -c 'exit 42'
docker exec shared sh -c 'kill -9 $$'

# case: streams
# vm
docker exec shared sh -c 'echo out; echo err >&2'

# case: stdin
# vm
echo from stdin | docker exec -i shared cat
echo from stdin | docker exec shared sh -c 'cat; echo end'
docker exec -i shared sh -c 'wc -c' </dev/null

# case: command-that-is-not-executable
# vm
quiet docker exec shared /etc/passwd >out 2>&1
note echo $?

# case: environment
# vm
docker exec shared sh -c 'echo $COLOR'
docker exec -e COLOR=red -e NEW=1 shared sh -c 'echo $COLOR $NEW'
printf 'FILE=1\n' >list
docker exec --env-file list shared sh -c 'echo $FILE'
docker exec -e '' shared true

# case: working-folder
# vm
docker exec shared pwd
docker exec -w /etc shared pwd
docker exec --workdir=/ shared pwd
docker exec -w '' shared pwd

# case: working-folder-that-is-missing
# vm
quiet docker exec -w /not/there shared pwd >out 2>&1 || note echo "exit code $?"
note grep -ci 'chdir to cwd ("/not/there").* failed: no such file or directory' out
docker exec shared ls -d /not
docker exec -w /var/../tmp shared pwd

# case: variable-that-is-not-set-here
# vm
unset COLOR
docker exec -e COLOR shared sh -c 'echo ${COLOR-none}'
docker exec -e COLOR -e COLOR=red shared sh -c 'echo ${COLOR-none}'
docker run --rm -e COLOR web sh -c 'echo ${COLOR-none}'
docker run --rm -w /not/there busybox pwd

# case: user
# vm
docker exec -u 1000 shared id -u
docker exec -u 1000:1001 shared id -g
docker exec -u daemon shared whoami
docker exec -u '' shared id -u
quiet docker exec -u nosuch shared true >out 2>&1
note echo $?

# case: detached
# vm
docker exec -d shared sh -c 'echo done >/tmp/detached; sleep 100'
docker exec -d shared nosuch
docker exec shared sh -c 'until [ -s /tmp/detached ]; do sleep 0.1; done; cat /tmp/detached'

# case: terminal-without-a-terminal
# vm
# words: is not a TTY|not a terminal
docker exec -it shared true </dev/null
docker exec -t shared sh -c 'test -t 1 && echo terminal'

# case: flags-after-the-name
# vm
docker exec shared echo -e -w /x --help
docker exec shared echo -- ls

# case: flags-in-other-forms
# vm
docker exec -eA=1 shared sh -c 'echo $A'
docker exec -e=A=1 shared sh -c 'echo $A'
docker exec -i=false --tty=false shared echo ok
docker exec --interactive=T shared echo ok </dev/null

# case: by-id-and-with-a-slash
# vm
docker exec $(docker ps -q -f name=shared) echo by short id
docker exec $(docker ps -q --no-trunc -f name=shared) echo by id
docker exec /shared echo with a slash
docker container exec shared echo of the group

# case: one-that-does-not-run
# words: is not running
docker exec never true
docker exec -d never true
docker exec nosuch true

# case: detach-keys
# vm
docker exec --detach-keys nosuch shared true
docker exec --detach-keys ctrl-x shared echo ok

# case: top
# differs: process-1
# vm
quiet docker top shared -o pid,comm >out
note awk 'NR <= 2 { print $2 }' out
quiet docker top shared >out
note sh -c 'head -n 1 out | grep -c "PID.*CMD"; grep -c "sh -c echo started" out'
quiet docker top shared aux >out
note sh -c 'head -n 1 out | grep -c "^USER *PID.*COMMAND"'
quiet docker container top shared >out
note grep -c 'sh -c echo started' out

# case: top-with-wrong-options
# vm
docker top shared -o comm
docker top shared -o nosuch
docker top shared --nosuch

# case: stats
# vm
docker stats --no-stream --format '{{.Name}} {{.Container}}' shared
docker stats --no-stream --format '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.MemPerc}} {{.NetIO}} {{.BlockIO}}' shared
docker stats --no-stream never
sorted docker stats --no-stream -a --format '{{.Name}}'
docker stats --no-stream --no-trunc --format '{{.ID}}' shared
docker stats --no-stream --format 'table {{.Name}}\t{{.PIDs}}' never

# case: cp
# vm
# words: Could not find the file /no/such in container shared
echo 'from here' >file
mkdir -p folder/inner
echo deep >folder/inner/deep
docker cp file shared:/tmp/copied
docker cp folder shared:/tmp/
docker exec shared cat /tmp/copied /tmp/folder/inner/deep
docker cp shared:/tmp/copied back
docker cp shared:/tmp/folder backs
note cat back backs/inner/deep
docker cp shared:/no/such .
docker cp nosuch.txt shared:/tmp
docker cp file shared:/no/such/folder/
docker cp shared:/etc/passwd ./

# case: cp-and-pipes
# vm
docker cp shared:/etc/hostname - >out.tar
note tar tf out.tar
mkdir in
echo x >in/x
tar -C in -cf - x | docker cp - shared:/tmp
docker exec shared cat /tmp/x
docker cp - shared:/tmp </dev/null
docker cp -q in shared:/tmp
docker cp -a in/x shared:/tmp/y
docker cp -L in/x shared:/tmp/z

# case: inspect-of-a-running-box
# vm
docker inspect -f '{{.State.Status}} {{.State.Running}} {{.State.Paused}} {{.State.Restarting}} {{.State.ExitCode}} {{.State.FinishedAt}}' shared
docker inspect -f '{{if .State.Pid}}has a pid{{end}}' shared
docker inspect -f '{{json .State}}' shared
docker inspect -f '{{.Config.Hostname}}' shared
docker inspect -f '{{.RestartCount}}' shared
quiet docker inspect -f '{{.LogPath}}' shared >path
note sh -c 'test -f "$(cat path)" && echo there'

# case: inspect-of-a-running-box-network
# vm
# differs: tsi
docker inspect -f '{{.NetworkSettings.IPAddress}}' shared >ip
docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' shared >ip
note sh -c 'grep -cE "^[0-9.]+$" ip'
docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}' shared
docker inspect -f '{{.NetworkSettings.Gateway}} {{.NetworkSettings.MacAddress}}' shared >out
note grep -cE '^[0-9.]+ ([0-9a-f]{2}:){5}[0-9a-f]{2}$' out

# case: ps-of-a-running-box
# vm
docker ps
docker ps --format '{{.Names}} {{.State}} {{.Status}}'
docker ps -f status=running --format '{{.Names}}'
docker ps -f health=none --format '{{.Names}}'
docker ps -a --format '{{.Names}} {{.State}}'
docker ps -f network=bridge --format '{{.Names}}'
docker ps -s --format '{{.Names}} {{.Size}}'

# case: diff
# vm
docker exec shared sh -c 'touch /new; echo x >>/etc/passwd; mkdir /folder; touch /folder/inner; rm /bin/vi'
quiet docker diff shared >out
sorted note grep -E ' /(new|etc|etc/passwd|folder|folder/inner|bin|bin/vi)$' out

# case: commit
# vm
docker exec shared sh -c 'echo kept >/kept'
docker commit shared mine
docker commit -m 'a message' -a 'An Author' -c 'CMD ["cat","/kept"]' shared mine:2
docker inspect -f '{{json .Config.Cmd}} {{.Author}} {{.Comment}}' mine:2
docker inspect -f '{{json .Config.Env}} {{.Config.WorkingDir}}' mine
sorted docker images --format '{{.Repository}}:{{.Tag}}' mine
docker ps -a -f ancestor=mine --format '{{.Names}}'
docker create --name child mine:2
docker ps -a -f ancestor=busybox --format '{{.Names}}'

# case: export
# vm
docker export shared >all.tar
docker export -o again.tar shared
note sh -c 'tar tf all.tar | grep -cE "^(bin/busybox|etc/passwd)$"; tar tf again.tar | grep -c "^bin/busybox$"'

# case: update-of-a-running-box
# vm
docker update --restart unless-stopped shared
docker inspect -f '{{.HostConfig.RestartPolicy.Name}}' shared
docker update --restart no shared

# case: new-limit-of-a-running-box
# vm
# differs: update-running
docker update --cpu-shares 512 shared
docker inspect -f '{{.HostConfig.CpuShares}}' shared

# case: rm-of-a-running-box
# words: running container|is running
docker rm shared
docker rmi busybox
docker ps --format '{{.Names}}'

# case: start-of-a-running-box
docker start shared
docker unpause shared
docker ps --format '{{.Names}} {{.State}}'

# case: wait-and-signals
# vm
docker exec shared sh -c 'sleep 100 & echo $! >/tmp/pid; wait $!' >/dev/null &
begun /tmp/pid
docker exec shared sh -c 'until [ -s /tmp/pid ]; do sleep 0.1; done; kill $(cat /tmp/pid)'
wait $!
note echo $?
docker kill -s nosuch shared
docker kill --signal 0x shared
