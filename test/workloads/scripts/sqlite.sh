#!/usr/bin/env bash
# SQLite on a volume of the host: write-ahead log, four writers at once, a crash, integrity
# packages: sqlite3
. "$LIB"

mkdir data
docker run -d --name db -v "$PWD/data:/data" -w /data "$IMAGE" sleep infinity >/dev/null
same wal "$(docker exec db sqlite3 app.db 'PRAGMA journal_mode=WAL; CREATE TABLE log (writer, n)' | head -n 1)"
write='for n in $(seq 25); do echo "INSERT INTO log VALUES ($1, $n);"; done | sqlite3 -cmd ".timeout 120000" app.db'
pids=()
for writer in 1 2 3 4; do
  docker exec db sh -c "$write" sh "$writer" &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid"; done
same 100 "$(docker exec db sqlite3 app.db 'SELECT COUNT(*) FROM log')"
measure db
docker exec db sh -c 'printf "BEGIN; INSERT INTO log VALUES (5, 1);\n" >/tmp/script && (cat /tmp/script; sleep infinity) | sqlite3 app.db' &
docker kill db >/dev/null
wait $! || true
docker start db >/dev/null
same ok "$(docker exec db sqlite3 app.db 'PRAGMA integrity_check')"
same 4 "$(docker exec db sqlite3 app.db 'SELECT COUNT(DISTINCT writer) FROM log')"
[ -s data/app.db ]
