#!/usr/bin/env bash
# OpenSSH: login with a key, scp and rsync from a second box through the published port
# packages: openssh-server openssh-client rsync
# setup: rm -f /etc/ssh/ssh_host_*; mkdir -p /run/sshd; useradd -m -s /bin/bash ann
. "$LIB"

docker run -d --name server -p 127.0.0.1::22 "$IMAGE" \
  sh -c 'mkdir -p /run/sshd && ssh-keygen -A && exec /usr/sbin/sshd -D -e' >/dev/null
await_log server 'Server listening'
docker run -d --name client --add-host server:host-gateway "$IMAGE" sleep infinity >/dev/null
docker exec client sh -c 'mkdir -m 700 ~/.ssh && ssh-keygen -q -t ed25519 -N "" -f ~/.ssh/id_ed25519 && head -c 3000000 /dev/urandom >/data'
docker cp -q client:/root/.ssh/id_ed25519.pub key.pub
docker exec -i server sh -c 'install -d -m 700 -o ann ~ann/.ssh && install -m 600 -o ann /dev/stdin ~ann/.ssh/authorized_keys' <key.pub
printf 'Host server\n  User ann\n  Port %s\n  StrictHostKeyChecking accept-new\n' "$(port server 22)" |
  docker exec -i client sh -c 'cat >~/.ssh/config'
same ann "$(docker exec client ssh server whoami)"
docker exec client scp -q /data server:copy
docker exec client rsync -a /etc/ssl server:
same "$(docker exec client sha256sum </dev/null /data | cut -d' ' -f1)" "$(docker exec server sha256sum /home/ann/copy | cut -d' ' -f1)"
contains "$(docker exec client ssh -tt server tty 2>/dev/null)" /dev/pts/
code=0
docker exec client ssh server 'kill -TERM $$' || code=$?
same 255 "$code"
measure server
docker logs server 2>&1 | grep 'Accepted publickey for ann'
