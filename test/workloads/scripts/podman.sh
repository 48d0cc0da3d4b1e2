#!/usr/bin/env bash
# Podman in a box: as root with a published port, and rootless as an ordinary user
# packages: podman crun netavark aardvark-dns slirp4netns fuse-overlayfs uidmap busybox-static iptables
# setup: useradd -m -u 1000 ann
# setup: printf '[network]\nnetwork_backend = "netavark"\n' >/etc/containers/containers.conf
. "$LIB"

docker run -d --name pods --privileged -m 2g -p 127.0.0.1::8080 "$IMAGE" sleep infinity >/dev/null
import='mkdir -p /tmp/$$/bin && cp /bin/busybox /tmp/$$/bin && ln -s busybox /tmp/$$/bin/sh
  tar -C /tmp/$$ -c . | podman import -q - tiny'
docker exec pods sh -c "$import" >/dev/null
docker exec pods podman run -d --name web -p 8080:80 tiny busybox httpd -f -p 80 -h /bin >/dev/null
same 200 "$(fetch -o /dev/null -w '%{http_code}' "http://127.0.0.1:$(port pods 8080)/sh")"
measure pods

as_ann() {
  docker exec -u ann -w /home/ann -e HOME=/home/ann pods "$@"
}
as_ann sh -c "$import" >/dev/null
ids='echo $(busybox id -u) in $(busybox awk "{ print \$2; exit }" /proc/self/uid_map)'
same '0 in 1000' "$(as_ann podman run --rm tiny sh -c "$ids")"
