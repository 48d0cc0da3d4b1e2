#!/usr/bin/env bash
# dnsmasq: a DNS server that is published over UDP and TCP, asked by a second box
# packages: dnsmasq bind9-dnsutils
. "$LIB"

docker run -d --name server -p 127.0.0.1::53/udp -p 127.0.0.1::53/tcp --cap-add NET_ADMIN "$IMAGE" \
  dnsmasq -k --log-facility=- --log-queries --no-resolv --no-hosts --address=/app.example/192.0.2.7 \
  --txt-record="big.example,$(head -c 200 /dev/zero | tr '\0' x)" >/dev/null
await_log server 'started'
docker run -d --name client --add-host server:host-gateway "$IMAGE" sleep infinity >/dev/null
ask() {
  docker exec client sh -c 'dig +short +time=60 +tries=1 @"$(getent hosts server | cut -d" " -f1)" "$@"' sh "$@"
}
same 192.0.2.7 "$(ask -p "$(port server 53/udp)" www.app.example)"
same 192.0.2.7 "$(ask -p "$(port server 53/tcp)" +tcp app.example)"
same 203 "$(ask -p "$(port server 53/udp)" big.example TXT | wc -c)"
measure server
docker logs server 2>&1 | grep -F 'query[A] www.app.example from'
