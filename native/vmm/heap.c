/*
 * Part of libboxmemory.so: takes the memory that QEMU allocates while a box starts all at once. One page fault per page
 * takes ten times as long, which is a twentieth of the start.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* QEMU 7.2 has allocated as much when a box's first program has run. */
enum { HEAP_BYTES = 14 << 20 };

/* Makes all threads allocate from one heap, which keeps memory that is freed. */
static bool use_one_heap(void) {
    return mallopt(M_ARENA_MAX, 1) == 1 && mallopt(M_MMAP_THRESHOLD, 2 * HEAP_BYTES) == 1 &&
           mallopt(M_TRIM_THRESHOLD, 2 * HEAP_BYTES) == 1;
}

__attribute__((constructor)) static void fill_heap(void) {
    /* box-vmm loads this library, too, to see whether that works (preloaded.c). */
    if (getenv("LD_PRELOAD") == NULL) return;
    void *block = use_one_heap() ? malloc(HEAP_BYTES) : NULL;
    if (block == NULL) return;
    uintptr_t start = (uintptr_t)block & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    /* Linux has this since 5.14. Before, pages come one by one. */
    (void)madvise((void *)start, HEAP_BYTES, MADV_POPULATE_WRITE);
    free(block);
}

/* QEMU calls this as soon as it has freed anything, and would give most of the heap back. */
__attribute__((visibility("default"))) int malloc_trim(size_t pad) {
    (void)pad;
    return 0;
}
