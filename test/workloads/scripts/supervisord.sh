#!/usr/bin/env bash
# supervisord: two programs in a box, a restart of the one that is killed, logs of both
# packages: supervisor python3
. "$LIB"

cat >programs.conf <<'CONF'
[program:web]
command=python3 -u -m http.server 80
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
redirect_stderr=true
[program:worker]
command=sh -c 'echo worker started; exec sleep infinity'
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
CONF
docker run -d --name app -p 127.0.0.1::80 -v "$PWD/programs.conf:/etc/supervisor/conf.d/programs.conf:ro" \
  "$IMAGE" supervisord -n -c /etc/supervisor/supervisord.conf >/dev/null
await_log app 'worker started'
fetch -o /dev/null "http://127.0.0.1:$(port app 80)/"
before=$(docker exec app supervisorctl pid web)
docker exec app kill -9 "$before"
await_log app 'exited: web (terminated by SIGKILL'
fetch -o /dev/null "http://127.0.0.1:$(port app 80)/"
[ "$(docker exec app supervisorctl pid web)" != "$before" ]
same 2 "$(docker exec app supervisorctl status | grep -c RUNNING)"
measure app
docker stop -t 60 app >/dev/null
same 0 "$(docker inspect -f '{{.State.ExitCode}}' app)"
docker logs app | grep -c '"GET / HTTP/1.1" 200' | grep -qx 2
