`run`: streams, exit codes, what the program finds. Each case that starts boxes asks them for more than one thing.

# case: exit-codes
# vm
docker run --rm busybox sh -c 'echo out; echo err >&2; exit 3'

# case: exit-code-of-a-command-that-is-missing
# vm
# words: executable file not found|no such file or directory
docker run --rm busybox nosuch
docker run --name one busybox /no/such/program
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' one

# case: exit-code-of-a-command-that-is-not-executable
# vm
# words: permission denied
docker run --rm busybox /etc/passwd

# case: exit-code-of-a-signal
# differs: process-1
# vm
docker run --name one busybox sh -c 'kill -TERM $$'
docker inspect -f '{{.State.ExitCode}} {{.State.Status}}' one

# case: stdin
# vm
echo from stdin | docker run -i --rm busybox cat

# case: stdin-is-closed-without-i
# vm
echo from stdin | docker run --rm busybox sh -c 'cat; echo end'

# case: terminal-without-a-terminal
# words: is not a TTY|not a terminal
docker run -it --rm busybox true </dev/null
docker run -i -t busybox true </dev/null

# case: tty-without-stdin
# vm
docker run -t --rm busybox sh -c 'tty; echo line; test -t 1 && echo terminal'

# case: surroundings
# vm
export FROM_HERE=here
docker run --rm -h host1 -w /tmp -u 1000:1001 -e A=1 -e FROM_HERE -e 'B=two words' --add-host a.example:1.2.3.4 busybox sh -c 'hostname; pwd; id -u; id -g; echo "$A $FROM_HERE $B"; grep a.example /etc/hosts; echo $HOME'

# case: surroundings-by-default
# vm
docker run --rm --name one busybox sh -c 'pwd; id -u; echo $HOME; echo $PATH; env | cut -d= -f1 | sort; hostname | grep -cE "^[0-9a-f]{12}$"; echo $0'

# case: surroundings-of-the-image
# vm
docker run --rm web sh -c 'pwd; echo $COLOR; echo "[$EMPTY]"; cat index.html'

# case: user-by-name
# vm
docker run --rm -u daemon busybox sh -c 'whoami; id -u; id -g; echo $HOME'

# case: user-that-is-missing
# vm
# words: unable to find user|no matching entries
docker run --rm -u nosuch busybox true

# case: entrypoint-of-the-image
# vm
docker run --rm tool
docker run --rm tool a 'b c'

# case: entrypoint-replaced
# vm
docker run --rm --entrypoint cat tool /etc/hostname >out
docker run --rm --entrypoint '' tool echo plain

# case: arguments
# vm
docker run --rm busybox sh -c 'for a; do echo "[$a]"; done' - 'a b' '' '*' '$HOME' "quote'd" '"x"'

# case: output-without-a-newline-and-binary
# vm
docker run --rm busybox printf 'no newline'
docker run --rm busybox sh -c 'printf "\001\377\002" | od -An -tx1'

# case: working-folder-is-created
# vm
docker run --rm -w /not/there/yet busybox pwd

# case: detached
# vm
id=$(docker run -d --name one busybox sh -c 'echo started; sleep 1000')
note expr length "$id"
docker ps --format '{{.Names}} {{.State}} {{.Image}}'
docker ps
docker inspect -f '{{.State.Status}} {{.State.Running}} {{.State.ExitCode}}' one
await started docker logs one
docker logs one
docker rm one
docker rm -f one
docker ps -aq

# case: cid-file
# vm
docker run --cidfile id --rm busybox true
note sh -c 'wc -c <id'
docker run --cidfile id --rm busybox true

# case: rm-leaves-nothing
# vm
docker run --rm --name one -v /anonymous busybox true
docker ps -aq
docker volume ls -q

# case: keeps-a-box-without-rm
# vm
docker run --name one busybox sh -c 'echo hi; exit 4'
docker ps -a --format '{{.Names}} {{.Status}}'
docker logs one
docker run --name one busybox true
docker wait one
docker start -a one

# case: attach-chosen-streams
# vm
docker run --rm -a stdout busybox sh -c 'echo out; echo err >&2'
docker run --rm -a stderr busybox sh -c 'echo out; echo err >&2'

# case: detached-with-wrong-flags
docker run -d -a stdout busybox true
docker run -a nosuch busybox true
docker run -d --rm --nosuch busybox

# case: volumes
# vm
mkdir folder
echo from here >folder/file
docker run --rm -v "$PWD/folder:/here" -v "$PWD/folder:/ro:ro" -v data:/data busybox sh -c 'cat /here/file; echo back >/here/new; touch /ro/x 2>/dev/null || echo read-only; echo kept >/data/file'
note cat folder/new
docker run --rm -v data:/data busybox cat /data/file

# case: volume-takes-over-what-the-image-has
# vm
docker run --rm -v etc:/etc busybox true
docker run --rm -v etc:/other busybox sh -c 'grep -c root /other/passwd'

# case: bind-of-a-folder-that-is-missing
# vm
docker run --rm -v "$PWD/new:/here" busybox ls -d /here
note test -d new

# case: tmpfs-and-read-only
# vm
docker run --rm --read-only --tmpfs /scratch:size=1m busybox sh -c 'touch /x 2>/dev/null || echo read-only; echo y >/scratch/y && cat /scratch/y; df -k /scratch | tail -n 1 | awk "{print \$2}"'

# case: limits
# vm
docker run --rm --ulimit nofile=100:200 --shm-size 16m busybox sh -c 'ulimit -n; ulimit -Hn; df -k /dev/shm | tail -n 1 | awk "{print \$2}"'

# case: env-file
# vm
printf 'A=1\n# no\nB=two words\nC="quoted"\n' >list
docker run --rm --env-file list -e A=2 busybox sh -c 'echo "$A|$B|$C"'

# case: empty-values
# vm
docker run --rm --name '' -w '' -u '' --entrypoint '' -h '' busybox echo empty

# case: booleans
# vm
docker run --rm=true -i=false --tty=F -d=false busybox echo ok

# case: published-port
# vm
docker run -d --name one -p 127.0.0.1:$PORT1:80 web
await works curl -sf http://127.0.0.1:$PORT1/
note curl -sf http://127.0.0.1:$PORT1/
docker port one
docker port one 80
docker port one 80/tcp
docker port one 81
docker inspect -f '{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}' one
docker inspect -f '{{json .NetworkSettings.Ports}}' one
docker ps --format '{{.Ports}}'

# case: published-ports-chosen-by-the-system
# vm
docker run -d --name one -P web
docker port one
docker port one 80
docker ps --format '{{.Ports}}'
docker inspect -f '{{range $p, $c := .NetworkSettings.Ports}}{{$p}} {{len $c}} {{end}}' one
docker ps -q -f publish=80 | wc -l >count
note cat count

# case: port-in-use
# vm
docker run -d --name one -p 127.0.0.1:$PORT1:80 web
docker run -d --name two -p 127.0.0.1:$PORT1:80 web
docker ps -a --format '{{.Names}} {{.Status}}'

# case: network-none
# vm
docker run --rm --network none busybox sh -c 'ip -o link | grep -v lo: | grep -c eth; cat /etc/resolv.conf | grep -c nosuch'

# case: signal-is-forwarded
# vm
docker run --name one busybox sh -c 'trap "echo got it; exit 7" TERM; echo ready; while :; do sleep 0.1; done' >out 2>&1 &
await ready cat out
kill -TERM $!
wait $!
note echo $?
note cat out

# case: interactive-shell
# vm
printf 'echo one\ncd /tmp\npwd\nexit 5\n' | docker run -i --rm busybox sh

# case: large-output
# vm
docker run --rm busybox sh -c 'i=0; while [ $i -lt 2000 ]; do echo "line $i of many that fill a pipe"; i=$((i+1)); done' >out
note sh -c 'wc -l <out; tail -n 1 out'
