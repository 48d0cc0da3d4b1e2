#!/usr/bin/env bash
# nginx under load: 1,000 requests of 50 clients through the published port, a reload, a graceful stop
# packages: nginx-light apache2-utils
. "$LIB"

mkdir html
head -c 20000 /dev/urandom >html/data
docker run -d --name web -p 127.0.0.1::80 -v "$PWD/html:/var/www/html:ro" --stop-signal SIGQUIT \
  "$IMAGE" nginx -g 'daemon off; error_log /dev/stderr;' >/dev/null
url=http://127.0.0.1:$(port web 80)/data
fetch -o data "$url"
cmp data html/data
docker run --rm --name load --add-host host:host-gateway "$IMAGE" \
  ab -q -c 50 -n 1000 "http://host:$(port web 80)/data" >report
grep -x 'Complete requests: *1000' report
grep -x 'Failed requests: *0' report
measure web
same 1001 "$(docker exec web grep -c 'GET /data HTTP/1..\" 200 20000' /var/log/nginx/access.log)"
docker kill -s HUP web >/dev/null
same 200 "$(fetch -o /dev/null -w '%{http_code}' "$url")"
docker stop -t 60 web >/dev/null
same 0 "$(docker inspect -f '{{.State.ExitCode}}' web)"
