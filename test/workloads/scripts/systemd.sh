#!/usr/bin/env bash
# systemd: a service that is restarted, a timer, the journal, an orderly halt
# packages: systemd systemd-sysv dbus
. "$LIB"

mkdir -p etc/systemd/system etc/sysctl.d
# The guest's kernel has at most 32768 processes; systemd-sysctl would fail with Debian's 4194304.
ln -s /dev/null etc/sysctl.d/50-pid-max.conf
cat >etc/systemd/system/greet.service <<'UNIT'
[Service]
ExecStart=/bin/sh -c 'echo greetings; [ -e /run/greeted ] || { touch /run/greeted; exit 1; }; exec sleep infinity'
Restart=on-failure
RestartSec=1
[Install]
WantedBy=multi-user.target
UNIT
printf '[Timer]\nOnActiveSec=1\n' >etc/systemd/system/once.timer
printf '[Service]\nExecStart=/bin/echo the timer has elapsed\n' >etc/systemd/system/once.service
docker create --name machine --privileged "$IMAGE" /sbin/init >/dev/null
docker cp -q etc/. machine:/etc/
docker start machine >/dev/null
docker exec machine sh -c 'until [ -S /run/dbus/system_bus_socket ]; do :; done'
same running "$(docker exec machine systemctl is-system-running --wait)"
docker exec machine systemctl enable -q --now greet.service once.timer
docker exec machine sh -c 'journalctl -fu greet -n all | grep -m2 -c greetings' | grep -qx 2
docker exec machine sh -c 'journalctl -fu once -n all | grep -qm1 "the timer has elapsed"'
same NRestarts=1 "$(docker exec machine systemctl show -p NRestarts greet)"
measure machine
docker stop -t 120 machine >/dev/null
same 130 "$(docker inspect -f '{{.State.ExitCode}}' machine)"
