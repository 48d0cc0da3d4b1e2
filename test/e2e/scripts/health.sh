#!/usr/bin/env bash
# Waits until a database is healthy, migrates it, runs queries, and keeps a dump.
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

docker volume create "$VOLUME" >/dev/null
docker run -d --name "$DB" \
  -e POSTGRES_PASSWORD=secret -e POSTGRES_DB=shop \
  -v "$VOLUME":/var/lib/postgresql/data \
  --shm-size 128m \
  --health-cmd 'pg_isready -U postgres -h 127.0.0.1 || exit 1' \
  --health-interval 1s --health-timeout 5s --health-retries 120 \
  postgres:15 >/dev/null

printf 'Waiting for the database'
deadline=$((SECONDS + 120))
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

cat >schema.sql <<'SQL'
CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO item VALUES (1, 'spoon'), (2, 'fork');
SQL
docker exec -i "$DB" psql -q -U postgres -v ON_ERROR_STOP=1 <schema.sql
rows=$(docker exec "$DB" psql -U postgres -tAc 'SELECT count(*) FROM item')
[ "$rows" = 2 ]

# A migration that fails must fail the job.
if echo "INSERT INTO item VALUES (1, 'knife');" | docker exec -i "$DB" psql -q -U postgres -v ON_ERROR_STOP=1 2>error.txt; then
  echo "the duplicate was accepted" >&2
  exit 1
fi
grep -q 'duplicate key' error.txt

docker exec "$DB" pg_dump -U postgres -t item | gzip >dump.sql.gz
gunzip -c dump.sql.gz | grep -q spoon
docker ps --filter "name=$DB" --filter health=healthy --format '{{.Names}}: {{.Status}}' | grep -q "^$DB: Up .*(healthy)$"
