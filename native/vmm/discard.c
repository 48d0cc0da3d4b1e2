/* Part of libboxmemory.so: gives memory of a template's guest back to the host. */
#define _GNU_SOURCE
#include "discard.h"

#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * A guest reports its memory in blocks of this size. The kernel limits the number of mappings of a process (65,530), so a hostile
 * guest that reports single pages, or every other block of very much memory, must not use them up.
 */
enum { BLOCK_BYTES = 2 << 20, MOST_BLOCKS = 16384, BITS = 64 };

static char *first;
static size_t bytes;
static size_t blocks;
/* The blocks that are anonymous memory already. Only one thread of QEMU discards memory, that of its main loop. */
static uint64_t anonymous[MOST_BLOCKS / BITS];

void discard_within(void *memory, size_t length) {
    first = memory;
    bytes = length;
    blocks = length / BLOCK_BYTES < MOST_BLOCKS ? length / BLOCK_BYTES : MOST_BLOCKS;
}

bool is_discarding(void) { return first != NULL; }

static void discard_block(size_t block) {
    char *at = first + block * BLOCK_BYTES;
    uint64_t bit = (uint64_t)1 << block % BITS;
    if ((anonymous[block / BITS] & bit) != 0) {
        (void)syscall(SYS_madvise, at, BLOCK_BYTES, MADV_DONTNEED);
        return;
    }
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    if ((void *)syscall(SYS_mmap, at, BLOCK_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) return;
    /* As QEMU does for memory that is anonymous from the start: the guest takes such blocks as a whole, too. */
    (void)syscall(SYS_madvise, at, BLOCK_BYTES, MADV_HUGEPAGE);
    anonymous[block / BITS] |= bit;
}

bool discard(void *at, size_t length) {
    uintptr_t begin = (uintptr_t)at - (uintptr_t)first;
    if (first == NULL || (uintptr_t)at < (uintptr_t)first || begin >= bytes) return false;
    for (size_t block = (begin + BLOCK_BYTES - 1) / BLOCK_BYTES; block < blocks; block++) {
        if ((block + 1) * BLOCK_BYTES > begin + length) break;
        discard_block(block);
    }
    return true;
}
