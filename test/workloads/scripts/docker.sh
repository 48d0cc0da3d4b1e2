#!/usr/bin/env bash
# Docker in a box: images on a volume, build, memory limits, a network with names, a published port
# packages: docker.io iptables busybox-static
. "$LIB"

docker run -d --name engine --privileged -m 2g -v images:/var/lib/docker -p 127.0.0.1::8080 "$IMAGE" dockerd >/dev/null
await_log engine 'API listen on'
inner() {
  docker exec -i engine docker "$@"
}
same overlay2 "$(inner info -f '{{.Driver}}')"
docker exec engine sh -c 'mkdir -p /srv/bin && cp /bin/busybox /srv/bin && ln -s busybox /srv/bin/sh && tar -C /srv -c .' |
  inner import - tiny >/dev/null
inner build -q -t site - >/dev/null <<'DOCKERFILE'
FROM tiny
RUN ["busybox", "mkdir", "/www"]
RUN ["busybox", "sh", "-c", "echo from a container in a box >/www/index.html"]
CMD ["busybox", "httpd", "-f", "-p", "80", "-h", "/www"]
DOCKERFILE
same 67108864 "$(inner run --rm -m 64m tiny busybox cat /sys/fs/cgroup/memory.max 2>/dev/null)"
inner network create front >/dev/null
inner run -d --network front --name web -p 8080:80 site >/dev/null
same 'from a container in a box' "$(inner run --rm --network front tiny busybox wget -qO- http://web)"
same 'from a container in a box' "$(fetch "http://127.0.0.1:$(port engine 8080)/")"
measure engine
inner stop -t 1 web >/dev/null
docker stop -t 120 engine >/dev/null
same 0 "$(docker inspect -f '{{.State.ExitCode}}' engine)"
