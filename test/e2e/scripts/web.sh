#!/usr/bin/env bash
# Smoke test of a web server: finds its port by template, fetches pages, and reloads its configuration.
set -euo pipefail

CID_FILE=$PWD/web.cid
trap '[ ! -s "$CID_FILE" ] || docker rm -f "$(cat "$CID_FILE")" >/dev/null' EXIT

mkdir -p html conf
echo '<h1>build 1</h1>' >html/index.html
write_conf() {
  cat >conf/default.conf <<CONF
server {
  listen 80;
  root /usr/share/nginx/html;
  location = /healthz { return $1; }
}
CONF
}
write_conf 503

docker run -d --cidfile "$CID_FILE" -P \
  -v "$PWD/html:/usr/share/nginx/html:ro" \
  -v "$PWD/conf:/etc/nginx/sites-enabled:ro" \
  --log-opt max-size=1m --log-opt max-file=2 \
  nginx:alpine >id.txt
web=$(cat "$CID_FILE")
[ "$web" = "$(cat id.txt)" ]
[ "${#web}" -eq 64 ]

port=$(docker inspect -f '{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}' "$web")
docker port "$web" 80 | grep ":$port$"
docker inspect --format '{{range $p, $conf := .NetworkSettings.Ports}}{{$p}} -> {{(index $conf 0).HostPort}}{{println}}{{end}}' "$web" |
  grep -x "80/tcp -> $port"

curl -fsS -m 10 --retry 300 --retry-delay 1 --retry-all-errors -o page.html "http://localhost:$port/"
grep -q 'build 1' page.html

# A deployment: the files are mounted, so the next request gets the new page.
echo '<h1>build 2</h1>' >html/index.html
curl -fsS "http://127.0.0.1:$port/" | grep 'build 2'

status() { curl -s -m 10 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/healthz"; }
[ "$(status)" = 503 ]
write_conf 204
docker kill -s HUP "$web" >/dev/null
for _ in $(seq 1 1000); do
  [ "$(status)" != 204 ] || break
  sleep 0.1
done
[ "$(status)" = 204 ]

# Nothing in the container may change the mounted files.
code=0
docker exec "$web" sh -c 'echo hacked >/usr/share/nginx/html/index.html' 2>read-only.txt || code=$?
[ "$code" -ne 0 ]
grep -qi 'read-only' read-only.txt
docker logs --tail 20 "$web" | grep '"GET /healthz HTTP/1.1" 204'
docker stop --time 60 "$web" >/dev/null
[ "$(docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' "$web")" = "exited 0" ]
