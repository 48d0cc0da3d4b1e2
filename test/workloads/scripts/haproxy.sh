#!/usr/bin/env bash
# HAProxy on two networks: finds the nginx boxes on an internal one by their alias, also when one is stopped or added
# packages: haproxy nginx-light
. "$LIB"

cat >haproxy.cfg <<'CONFIG'
defaults
  mode http
  option redispatch
  timeout connect 10s
  timeout client 60s
  timeout server 60s
resolvers network
  nameserver dns 127.0.0.11:53
  hold valid 1s
frontend main
  bind :80
  default_backend pages
backend pages
  server-template web 2 web:80 check resolvers network init-addr none
CONFIG
docker network create front >/dev/null
docker network create --internal back >/dev/null
web() {
  docker run -d --name "$1" -h "$1" --network back --network-alias web "$IMAGE" \
    sh -c 'hostname >/var/www/html/name && exec nginx -g "daemon off;"' >/dev/null
}
web one
web two
docker run -d --name proxy --network front -p 127.0.0.1::80 -v "$PWD/haproxy.cfg:/haproxy.cfg:ro" "$IMAGE" haproxy -f /haproxy.cfg >/dev/null
docker network connect back proxy
url=http://127.0.0.1:$(port proxy 80)/name
# answers NAME…: waits until each of the servers has answered
answers() {
  local all='' name
  for name in "$@"; do
    until [[ $all == *"$name"* ]]; do all+=" $(fetch "$url")"; done
  done
}
answers one two
measure proxy
# Nothing leads out of an internal network.
same '' "$(docker exec two awk '$2 == "00000000"' /proc/net/route)"
docker stop -t 60 one >/dev/null
for _ in 1 2 3; do same two "$(fetch "$url")"; done
web three
answers two three
docker network disconnect back three
for _ in 1 2 3; do same two "$(fetch "$url")"; done
same "$(docker inspect -f '{{.NetworkSettings.Networks.back.IPAddress}}' two)" "$(docker exec proxy getent hosts two | cut -d' ' -f1)"
