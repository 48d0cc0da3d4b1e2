#!/usr/bin/env bash
# Redis: benchmark with 5 clients, data on a named volume that a second box takes over
# packages: redis-server
. "$LIB"

docker volume create data >/dev/null
serve() {
  docker run -d --name "$1" -p 127.0.0.1::6379 -v data:/data "$IMAGE" \
    redis-server --bind 0.0.0.0 --protected-mode no --dir /data --appendonly yes >/dev/null
  await_log "$1" 'Ready to accept connections'
}
serve one
docker exec one redis-benchmark -q -c 5 -n 500 -t set,lpush | tr '\r' '\n' | grep -c 'requests per second, p50' | grep -qx 2
same 100 "$(docker exec one redis-cli eval 'for i = 1, 100 do redis.call("set", "k"..i, i) end return 100' 0)"
exec 3<>"/dev/tcp/127.0.0.1/$(port one 6379)"
printf 'GET k7\r\nQUIT\r\n' >&3
contains "$(cat <&3)" $'$1\r\n7\r\n+OK'
exec 3>&-
measure one
docker stop -t 60 one >/dev/null
same 0 "$(docker inspect -f '{{.State.ExitCode}}' one)"
docker logs one 2>&1 | grep -q 'bye bye'
serve two
same 100 "$(docker exec two redis-cli get k100)"
