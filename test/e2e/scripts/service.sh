#!/usr/bin/env bash
# Starts a service, runs the integration tests against its published port, and stops it.
set -euo pipefail

NAME=ci-redis-$$
trap 'docker logs "$NAME" 2>&1 | tail -n 20; docker rm -fv "$NAME" >/dev/null 2>&1 || true' EXIT

docker run -d --name "$NAME" -p 127.0.0.1::6379 redis:7 \
  redis-server --bind 0.0.0.0 --protected-mode no --maxmemory 16mb >/dev/null

endpoint=$(docker port "$NAME" 6379/tcp)
port=${endpoint##*:}
[ "$endpoint" = "127.0.0.1:$port" ]

echo "Waiting for redis on port $port"
for attempt in $(seq 1 120); do
  if docker exec "$NAME" redis-cli ping 2>/dev/null | grep -q PONG; then break; fi
  if [ "$(docker inspect -f '{{.State.Running}}' "$NAME")" != true ]; then
    echo "redis exited with $(docker inspect --format='{{.State.ExitCode}}' "$NAME")" >&2
    exit 1
  fi
  [ "$attempt" -lt 120 ] || { echo "redis is not up after a minute" >&2; exit 1; }
  sleep 0.5
done

# The client of the application: a request on the published port.
request() {
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  printf '%s\r\n' "$@" QUIT >&3
  cat <&3
  exec 3>&-
}
request "SET greeting hello" "GET greeting" | tr -d '\r' >answer.txt
grep -qx hello answer.txt

# Fixtures go in through stdin.
cat >fixtures.txt <<'REDIS'
SET user:1 ann
SET user:2 bob
REDIS
docker exec -i "$NAME" redis-cli <fixtures.txt | grep -c '^OK$' | grep -qx 2
[ "$(docker exec "$NAME" redis-cli dbsize)" = 3 ]
[ "$(docker exec -e KEY=user:2 "$NAME" sh -c 'redis-cli get "$KEY"')" = bob ]

code=0
docker exec "$NAME" sh -c 'exit 42' || code=$?
[ "$code" -eq 42 ]

docker stop -t 20 "$NAME" >/dev/null
[ "$(docker wait "$NAME")" = 0 ]
docker logs "$NAME" 2>&1 | grep -qi 'ready to exit'
[ -z "$(docker ps -q --filter "name=$NAME")" ]
