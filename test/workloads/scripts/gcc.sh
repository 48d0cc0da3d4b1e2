#!/usr/bin/env bash
# GCC and make on a volume: an incremental build, a static program that runs on the host
# packages: gcc make libc6-dev
. "$LIB"

cat >Makefile <<'MAKE'
OBJECTS = $(patsubst %.c,%.o,$(wildcard *.c))
program: $(OBJECTS)
	$(CC) -static -o $@ $^
MAKE
for i in 1 2 3 4 5 6; do echo "int part_$i(void) { return $i; }" >part$i.c; done
cat >main.c <<'C'
#include <stdio.h>
int part_1(void), part_2(void), part_3(void), part_4(void), part_5(void), part_6(void);
int main(void) { return printf("%d\n", part_1() + part_2() + part_3() + part_4() + part_5() + part_6()) < 0; }
C
docker run -d --name build --cpus 2 -v "$PWD:/src" -w /src "$IMAGE" sleep infinity >/dev/null
same 8 "$(docker exec build make -j4 CC=gcc | grep -c '^gcc\|^cc')"
same 21 "$(./program)"
contains "$(docker exec build make)" 'is up to date'
# A change on the host is seen at once.
echo 'int part_6(void) { return 27; }' >part6.c
same 2 "$(docker exec build make CC=gcc | grep -c '^gcc\|^cc')"
same 42 "$(./program)"
measure build
