#!/usr/bin/env bash
# cron: a job of an ordinary user that writes to a volume
# packages: cron tzdata
# setup: useradd -m ann
. "$LIB"

mkdir out
chmod 777 out
cat >crontab <<'CRON'
* * * * * id -un >/out/result && echo done >/tmp/events
CRON
docker run -d --name jobs -v "$PWD/out:/out" -v "$PWD/crontab:/crontab:ro" "$IMAGE" \
  sh -c 'mkfifo -m 666 /tmp/events && crontab -u ann /crontab && exec cron -f' >/dev/null
measure jobs
same done "$(docker exec jobs cat /tmp/events)"
same ann "$(cat out/result)"
