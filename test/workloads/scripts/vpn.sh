#!/usr/bin/env bash
# OpenVPN: a tunnel between two boxes over a published UDP port, with a TUN device
# packages: openvpn iproute2 iputils-ping
. "$LIB"

docker run --rm "$IMAGE" openvpn --genkey secret /dev/stdout >key
flags=(--cap-add NET_ADMIN --device /dev/net/tun -v "$PWD/key:/key:ro")
options=(openvpn --dev tun --secret /key --cipher AES-256-CBC)
docker run -d --name server "${flags[@]}" -p 127.0.0.1::1194/udp "$IMAGE" "${options[@]}" --ifconfig 10.8.0.1 10.8.0.2 >/dev/null
await_log server 'UDPv4 link local'
docker run -d --name client "${flags[@]}" --add-host server:host-gateway "$IMAGE" \
  "${options[@]}" --ifconfig 10.8.0.2 10.8.0.1 --remote server "$(port server 1194/udp)" >/dev/null
await_log client 'Initialization Sequence Completed'
docker exec client ping -c 3 -W 60 10.8.0.1 | grep ' 0% packet loss'
docker exec -d server sh -c 'head -c 500000 /dev/urandom | nc -l -N 5000'
same 500000 "$(docker exec client sh -c 'until nc -d 10.8.0.1 5000 >/data; do :; done; wc -c </data')"
measure server
