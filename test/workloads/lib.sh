# Shared by the workloads. The runner sets IMAGE, FACTS and a home of box's own, and makes `docker` mean box.
set -euo pipefail
# With --trace. bash ignores root's own in the environment.
PS4='+ ${SECONDS}s '

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

finish() {
  local code=$? box
  if [ "$code" != 0 ]; then
    docker ps -a >&2
    for box in $(docker ps -aq); do
      echo "--- logs of $box" >&2
      docker logs --tail 60 "$box" >&2
    done
  fi
  docker ps -aq | xargs -r docker rm -fv >/dev/null
  docker volume ls -q | xargs -r docker volume rm >/dev/null
  docker network prune -f >/dev/null
}
trap finish EXIT

# await_log BOX TEXT: waits for a line that contains the text
await_log() {
  grep -qm1 -e "$2" < <(docker logs -f "$1" 2>&1) || fail "$1 has ended without '$2'"
}

# await_health BOX: waits until the health check of its current run passes
await_health() {
  local since event
  since=$(docker inspect -f '{{.State.StartedAt}}' "$1")
  event=$(grep -m1 -E ' (health_status: healthy|die) ' < <(
    docker events --since "$since" --filter "container=$1" --filter event=health_status --filter event=die
  ))
  [[ $event == *healthy* ]] || fail "$1 has ended before it was healthy"
}

# fetch URL: waits for the server
fetch() {
  curl -fsS -m 60 --retry 1000 --retry-delay 1 --retry-all-errors "$@"
}

# same EXPECTED ACTUAL
same() {
  [ "$1" = "$2" ] || fail "expected '$1', got '$2'"
}

# contains TEXT PART
contains() {
  [[ $1 == *"$2"* ]] || fail "no '$2' in '$1'"
}

# port BOX PORT: the port of this host
port() {
  docker port "$1" "$2" | head -n 1 | sed 's/.*://'
}

# measure BOX: notes how much memory its VM uses
measure() {
  docker stats --no-stream --format '{{.MemUsage}}' "$1" >>"$FACTS"
}
