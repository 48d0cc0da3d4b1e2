/*
 * In place of QEMU: maps the memory of a template and writes to all of its first pages but one. Prints on the console, for each,
 * whether that takes a page fault. With the argument `stay`, it prints on its standard output, and stays.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PAGES = 8, SPARED = 4, CONSOLE = 9 };

static long faults(void) {
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

int main(int argc, char **argv) {
    bool stays = argc > 1 && strcmp(argv[1], "stay") == 0;
    char text[PAGES + 1] = "";
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    int fd = open("/dev/fd/10", O_RDONLY);
    volatile char *memory = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (memory == MAP_FAILED) abort();
    for (size_t i = 0; i < PAGES; i++) {
        text[i] = '-';
        if (i == SPARED) continue;
        long before = faults();
        memory[i * page] = 1;
        text[i] = faults() == before ? '0' : '1';
    }
    (void)dprintf(stays ? STDOUT_FILENO : CONSOLE, "%s\n", text);
    return stays ? pause() : 0;
}
