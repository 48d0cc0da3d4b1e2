/* In place of QEMU: prints on the console how many page faults it takes to fill 4 MiB of the heap, free them, and fill them again. */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { BLOCK = 4 << 20 };

static void fill(void) {
    char *block = malloc(BLOCK);
    if (block == NULL) abort();
    memset(block, 1, BLOCK);
    free(block);
    (void)malloc_trim(0);
}

int main(void) {
    struct rusage before;
    struct rusage after;
    (void)getrusage(RUSAGE_SELF, &before);
    fill();
    fill();
    (void)getrusage(RUSAGE_SELF, &after);
    (void)printf("%ld\n", after.ru_minflt - before.ru_minflt);
    return 0;
}
