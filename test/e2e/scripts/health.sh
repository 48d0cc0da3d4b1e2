#!/usr/bin/env bash
# Waits until a database is healthy, fills it, runs queries, and checks that its data survives a restart.
set -euo pipefail

DB=ci-db-$$
VOLUME=ci-db-data-$$
cleanup() {
  local code=$?
  if [ "$code" -ne 0 ]; then
    docker inspect --format '{{json .State.Health}}' "$DB" || true
    docker logs --tail 50 "$DB" || true
  fi
  docker rm -f -v "$DB" >/dev/null 2>&1 || true
  docker volume rm "$VOLUME" >/dev/null 2>&1 || true
  exit "$code"
}
trap cleanup EXIT

wait_until_healthy() {
  printf 'Waiting for the database'
  local state deadline=$((SECONDS + 300))
  while state=$(docker inspect -f '{{.State.Status}} {{.State.Health.Status}}' "$DB"); do
    case $state in
      "running healthy") break ;;
      "running starting") ;;
      *) echo " failed: $state" >&2; exit 1 ;;
    esac
    [ "$SECONDS" -lt "$deadline" ] || { echo " timed out" >&2; exit 1; }
    printf .
    sleep 0.5
  done
  echo " healthy"
}

docker volume create "$VOLUME" >/dev/null
docker run -d --name "$DB" -v "$VOLUME":/data --shm-size 128m --ulimit nofile=20000:20000 \
  --health-cmd 'redis-cli ping | grep PONG || exit 1' \
  --health-interval 1s --health-timeout 30s --health-retries 300 \
  redis:7 redis-server --bind 0.0.0.0 --protected-mode no --appendonly yes >/dev/null
wait_until_healthy

cat >fixtures.txt <<'REDIS'
SET user:1 ann
SET user:2 bob
REDIS
docker exec -i "$DB" redis-cli <fixtures.txt | grep -c '^OK$' | grep -x 2
[ "$(docker exec "$DB" redis-cli dbsize)" = 2 ]
[ "$(docker exec -e KEY=user:2 "$DB" sh -c 'redis-cli get "$KEY"')" = bob ]
docker ps --filter "name=$DB" --filter health=healthy --format '{{.Names}}: {{.Status}}' | grep "^$DB: Up .*(healthy)$"
docker inspect --format '{{range .State.Health.Log}}{{.ExitCode}} {{end}}' "$DB" | grep '0 $'

docker restart -t 60 "$DB" >/dev/null
wait_until_healthy
[ "$(docker exec "$DB" redis-cli get user:1)" = ann ]
[ "$(docker inspect --format '{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}}{{end}}' "$DB")" = "volume $VOLUME /data" ]
