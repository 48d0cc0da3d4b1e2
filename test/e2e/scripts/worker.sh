#!/usr/bin/env bash
# A background worker: follows its log, reloads and stops it with signals, and hands its results to a second job.
set -uo pipefail

fail() { echo "worker.sh:${BASH_LINENO[0]}: $*" >&2; exit 1; }
export W=ci-worker
trap 'docker rm -f $W $W-once >/dev/null 2>&1; docker volume rm ci-results >/dev/null 2>&1; kill %1 2>/dev/null' EXIT

docker volume create ci-results >/dev/null || fail "no volume"
cat >worker <<'SH'
reload() { echo "reloaded"; }
finish() { echo "stopping"; echo "$jobs jobs" >/results/summary; exit 7; }
trap reload HUP
trap finish TERM
jobs=0
echo "ready"
while :; do sleep 0.1 & wait $!; jobs=$((jobs + 1)); done
SH
docker run -d --name $W --init --stop-signal TERM -v ci-results:/results \
  -v "$PWD/worker:/worker:ro" --restart on-failure:3 busybox sh /worker >/dev/null || fail "does not start"

docker logs -f $W >worker.log 2>&1 &
wait_for() {
  for _ in $(seq 1 1200); do
    grep -q "$1" worker.log && return
    sleep 0.1
  done
  fail "no '$1' in: $(cat worker.log)"
}
wait_for ready
docker kill --signal=SIGHUP $W >/dev/null || fail "kill"
wait_for reloaded
docker top $W | grep 'sh /worker' || fail "not in top"

docker stop -t 60 $W >/dev/null || fail "stop"
wait_for stopping
[ "$(docker wait $W)" = 7 ] || fail "exit code $(docker wait $W)"
[ "$(docker inspect -f '{{.State.Running}} {{.State.ExitCode}} {{.RestartCount}}' $W)" = "false 7 0" ] || fail "state"
wait %1 2>/dev/null

# The volume outlives the container.
docker rm $W >/dev/null || fail "rm"
docker run --rm --name $W-once -v ci-results:/in:ro --read-only --network none busybox cat /in/summary | grep ' jobs$' ||
  fail "no summary"

# Failures that a job has to tell apart.
docker run --rm busybox /etc/passwd 2>/dev/null; [ $? -eq 126 ] || fail "126"
docker run --rm busybox no-such-program 2>/dev/null; [ $? -eq 127 ] || fail "127"
docker run --rm --no-such-flag busybox 2>/dev/null; [ $? -eq 125 ] || fail "125"
docker run -d --name $W-once busybox sleep 600 >/dev/null && docker kill $W-once >/dev/null || fail "kill"
[ "$(docker wait $W-once)" = 137 ] || fail "137"
docker ps -a --filter name=$W-once --format '{{.Status}}' | grep '^Exited (137) ' || fail "status"
docker rm $W-once >/dev/null && docker volume rm ci-results >/dev/null || fail "cleanup"
exit 0
