#!/usr/bin/env bash
# Debuggers: strace with Docker's default capabilities, gdb on a running program, tcpdump
# packages: gdb strace tcpdump gcc libc6-dev
. "$LIB"

cat >main.c <<'C'
#include <stdio.h>
#include <unistd.h>
volatile int answer = 42;
int main(void) { puts("ready"); fflush(stdout); for (;;) pause(); }
C
docker run -d --name app -v "$PWD:/src" -w /src "$IMAGE" sh -c 'gcc -g -o main main.c && exec ./main' >/dev/null
await_log app ready
docker exec app strace -f -o /tmp/trace sh -c 'cat main.c >/dev/null; true'
docker exec app grep -q 'openat(AT_FDCWD, "main.c", O_RDONLY) = 3' /tmp/trace
docker exec --privileged app sh -c 'gdb -batch -p "$(pgrep -x main)" -ex "print answer" -ex "set var answer = 7" -ex "print answer"' 2>/dev/null >gdb.out
grep '^\$1 = 42' gdb.out
grep '^\$2 = 7' gdb.out
docker exec app sh -c 'tcpdump -i lo -c 1 -w /tmp/packets udp port 5000 2>/tmp/listening & until grep -q listening /tmp/listening; do :; done
  echo hello | nc -u -w 1 -q 0 127.0.0.1 5000; wait; tcpdump -A -r /tmp/packets' 2>/dev/null | grep hello
measure app
