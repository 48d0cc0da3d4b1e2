/*
 * In place of QEMU: maps the memory of a template and writes to all of its first pages but one. Prints on the console, for each,
 * whether that takes a page fault. With the argument `stay`, it prints on its standard output, and stays. With `discard`, it
 * discards parts of 4 MiB of memory as QEMU does, and prints what then is in some places.
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

enum { BLOCK = 2 << 20, PAGES = 8, SPARED = 4, CONSOLE = 9 };

static long faults(void) {
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

static void discard(int fd, char *memory, size_t at, size_t length) {
    if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, (off_t)length) != 0 ||
        madvise(memory + at, length, MADV_DONTNEED) != 0) {
        abort();
    }
}

/* A byte in each of the four halves of the two blocks. */
static void print_bytes(const char *memory) {
    static char text[5];
    for (size_t i = 0; i < 4; i++) text[i] = memory[i * BLOCK / 2] == 0 ? '0' : memory[i * BLOCK / 2];
    (void)dprintf(CONSOLE, "%s ", text);
}

static int discard_parts(void) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    int fd = open("/dev/fd/10", O_RDONLY);
    char *memory = mmap(NULL, 2 * BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (memory == MAP_FAILED) abort();
    memory[0] = 'a';
    print_bytes(memory);
    discard(fd, memory, 0, BLOCK);
    print_bytes(memory);
    memory[BLOCK / 2] = 'b';
    print_bytes(memory);
    discard(fd, memory, 0, BLOCK);
    print_bytes(memory);
    /* Less than a block stays. */
    discard(fd, memory, BLOCK, page);
    print_bytes(memory);
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "discard") == 0) return discard_parts();
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
