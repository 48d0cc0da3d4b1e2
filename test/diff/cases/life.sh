Start, stop, kill, wait, restart, pause and attach.

# case: start-again
# vm
docker create --name one busybox sh -c 'echo x >>/count; wc -l </count; exit 2'
docker start one
docker wait one
docker logs one
docker start -a one
docker ps -a --format '{{.Names}} {{.Status}}'
docker start nosuch one
docker wait one
docker rm one

# case: start-attached
# vm
docker create -i --name one busybox sh -c 'cat; echo err >&2; exit 6'
echo to the program | docker start -ai one
docker inspect -f '{{.State.ExitCode}}' one

# case: start-several
# vm
docker create --name one busybox true
docker create --name two busybox true
sorted docker start one two
docker start -a one two
docker wait one two
docker ps -a --format '{{.Names}} {{.Status}}'

# case: stop
# vm
docker run -d --name one busybox sh -c 'trap "echo bye; exit 9" TERM; echo ready; while :; do sleep 0.1; done'
await ready docker logs one
docker stop one
docker stop one
docker stop one nosuch
docker inspect -f '{{.State.ExitCode}} {{.State.Status}}' one
docker logs one
docker restart -t 1 one
docker ps --format '{{.Names}}'
docker stop -t 5 --signal TERM one
docker stop --time=1 one
docker stop --timeout 1 one

# case: stop-that-has-to-kill
# vm
docker run -d --name one busybox sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
await ready docker logs one
docker stop -t 1 one
docker inspect -f '{{.State.ExitCode}} {{.State.OOMKilled}}' one
docker ps -a --format '{{.Status}}'

# case: kill
# vm
docker run -d --name one --rm busybox sleep 1000
docker run -d --name two busybox sleep 1000
docker kill one nosuch two
docker wait two
docker inspect -f '{{.State.ExitCode}}' two
docker kill two
docker rm two
docker ps -aq

# case: kill-with-a-signal
# vm
docker run -d --name one busybox sh -c 'trap "echo usr1" USR1; trap "exit 3" INT; echo ready; while :; do sleep 0.1; done'
await ready docker logs one
docker kill -s USR1 one
docker kill --signal=SIGUSR1 one
docker kill -s nosuch one
await usr1 docker logs one
docker kill -s 2 one
docker wait one
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' one

# case: wait
# vm
docker run -d --name one busybox sh -c 'exit 12'
docker wait one
docker wait one nosuch
docker container wait one

# case: pause
# vm
docker run -d --name one busybox sleep 1000
docker pause one
docker pause one
docker ps --format '{{.Names}} {{.Status}} {{.State}}'
docker inspect -f '{{.State.Status}} {{.State.Paused}} {{.State.Running}}' one
docker exec one true
docker ps -f status=paused --format '{{.Names}}'
docker rm one
docker unpause one
docker unpause one
docker exec one echo awake
docker rm -f one

# case: restart
# vm
docker run -d --name one busybox sh -c 'echo started; sleep 1000'
await started docker logs one
docker restart -t 0 one
await '^2$' sh -c 'docker logs one | wc -l'
docker logs one
docker restart nosuch
docker inspect -f '{{.RestartCount}} {{.State.Status}}' one
docker restart --signal KILL --timeout 1 one
docker rm -f one

# case: restart-policy
# vm
docker run -d --name one --restart on-failure:2 busybox sh -c 'echo try; exit 1'
docker wait one
await '^exited$' docker inspect -f '{{.State.Status}}' one
docker inspect -f '{{.RestartCount}} {{.State.ExitCode}}' one
docker logs one

# case: attach
# vm
docker run -d -i --name one busybox sh -c 'read line; echo "got $line"; exit 8'
(echo input; sleep 1) | docker attach one
docker wait one
docker attach one

# case: attach-without-stdin
# vm
docker run -d --name one busybox sh -c 'echo before; while [ ! -e /go ]; do sleep 0.1; done; echo after; exit 4'
docker attach --no-stdin one >out &
begun attach
docker exec one sh -c 'sleep 2; touch /go'
wait $!
note echo $?
docker logs one

# case: rename-of-a-running-box
# vm
docker run -d --name one busybox sleep 1000
docker rename one two
docker exec two echo renamed
docker exec one true
docker ps --format '{{.Names}}'
docker stop -t 0 two
docker start two
docker exec two hostname >out
docker rm -f two

# case: files-stay
# vm
docker create --name one busybox sh -c 'cat /file 2>/dev/null || echo none; echo kept >/file'
docker start -a one
docker start -a one
docker diff one
docker commit one mine >out
docker run --rm mine cat /file

# case: copy-before-the-start
# vm
docker create --name one busybox cat /given
echo given >given
docker cp given one:/given
docker start -a one
docker cp one:/given back
note cat back

# case: health
# vm
docker run -d --name one --health-cmd 'test -e /ready' --health-interval 200ms --health-retries 2 --health-start-period 100s busybox sh -c 'sleep 1000'
docker inspect -f '{{.State.Health.Status}}' one
docker exec one touch /ready
await '^healthy$' docker inspect -f '{{.State.Health.Status}}' one
docker ps -f health=healthy --format '{{.Names}} {{.Status}}'
docker exec one rm /ready
await '^unhealthy$' docker inspect -f '{{.State.Health.Status}}' one
docker ps --format '{{.Status}}'
docker inspect -f '{{gt .State.Health.FailingStreak 1}}' one

# case: events
# vm
sleep 1
since=$(date +%s)
docker run --name one busybox true
docker rm one
sleep 1
docker events --since $since --until 0s --filter type=container --format '{{.Action}} {{.Actor.Attributes.name}}'
docker events --since $since --until 0s --filter event=die --format '{{.Actor.Attributes.exitCode}}'

# case: events-as-they-happen
# vm
sleep 1
since=$(date +%s)
docker events --since $since --filter type=container --filter event=start --format '{{.Actor.Attributes.name}}' >out &
begun events
docker run --name one busybox true
await . cat out
kill $!
note cat out

# case: prune-spares-what-runs
# vm
docker run -d --name one busybox sleep 1000
docker run --name two busybox true
docker container prune -f >out
docker ps -a --format '{{.Names}}'
quiet docker system prune -af >out
docker ps --format '{{.Names}}'
docker rm -f one

# case: df-and-info-with-a-running-box
# vm
docker run -d --name one busybox sleep 1000
docker info -f '{{.Containers}} {{.ContainersRunning}} {{.ContainersStopped}}'
docker system df --format '{{.Type}} {{.TotalCount}} {{.Active}}'
docker volume prune -f
docker rm -fv one
