/*
 * Constants of libkrun 1.17.4, corrected in memory.
 *
 * Its file server lets the guest cache names, sizes and contents of files for 5 s. Files that the host changes in between
 * would be stale, or truncated to the old size. With 0, the guest asks each time.
 *
 * It announces a window of 8 MiB for every TSI connection and returns credit when half of it is used. Newer kernels cap a
 * window at their own buffer size, 256 KiB, so a connection stalls forever after that amount (libkrun 4b5b451e). They also
 * split a write of more than 32 KiB into several buffers; libkrun expects one, and drops the packet (libkrun 0ecf4d5f).
 * With a window that fits into one buffer, and credit returned by halves, neither happens. Both are fixed on libkrun's
 * main branch.
 */
#define _GNU_SOURCE
#include "window.h"

#include "die.h"

#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* 32 KiB minus what the kernel keeps in the same buffer. */
enum { ANNOUNCED = 8 << 20, FITTING = 32256 };

static const unsigned char build_id[] = {0xe1, 0x19, 0xaf, 0x8e, 0x65, 0x9b, 0x2b, 0x9e, 0x87, 0xcd,
                                         0xe1, 0x36, 0x14, 0xce, 0x32, 0x6b, 0x8c, 0x90, 0x96, 0xce};

/* 32-bit constants of this build: six packets that announce the window, two comparisons with half of it. */
static const uintptr_t announcements[] = {0x253283, 0x295390, 0x2983ca, 0x2c75f9, 0x2c7672, 0x2c77f0};
static const uintptr_t halves[] = {0x2558ba, 0x29c7d6};

/* The low halves of the numbers of seconds for which attributes and names are valid. */
enum { TRUSTED_SECONDS = 5 };
static const uintptr_t timeouts[] = {0x3ff59d, 0x3ff5b4};

/* Where a library is loaded, and whether it is this build. */
struct found {
    uintptr_t base;
    bool same;
};

static bool is_same(const unsigned char *notes, size_t size) {
    static const ElfW(Nhdr) wanted = {.n_namesz = 4, .n_descsz = sizeof build_id, .n_type = NT_GNU_BUILD_ID};
    size_t length = sizeof wanted + 4 + sizeof build_id;
    return size >= length && memcmp(notes, &wanted, sizeof wanted) == 0 &&
           memcmp(notes + sizeof wanted, "GNU", 4) == 0 &&
           memcmp(notes + sizeof wanted + 4, build_id, sizeof build_id) == 0;
}

static int look_at(struct dl_phdr_info *library, size_t size, void *data) {
    (void)size;
    struct found *found = data;
    if (library->dlpi_addr != found->base) return 0;
    for (size_t i = 0; i < library->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &library->dlpi_phdr[i];
        const unsigned char *start = (const unsigned char *)(library->dlpi_addr + header->p_vaddr);
        if (header->p_type == PT_NOTE && is_same(start, header->p_memsz)) found->same = true;
    }
    return 1;
}

static void replace(uintptr_t at, uint32_t from, uint32_t to) {
    uint32_t value = 0;
    memcpy(&value, (const void *)at, sizeof value);
    if (value != from) die("libkrun does not match its build ID");
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = at & ~(page - 1);
    size_t length = at + sizeof value - start;
    if (mprotect((void *)start, length, PROT_READ | PROT_WRITE) != 0) die_errno("cannot correct libkrun");
    memcpy((void *)at, &to, sizeof to);
    if (mprotect((void *)start, length, PROT_READ | PROT_EXEC) != 0) die_errno("cannot correct libkrun");
}

void correct_constants(void *symbol) {
    Dl_info library;
    if (dladdr(symbol, &library) == 0) die("libkrun cannot be found in memory");
    struct found found = {.base = (uintptr_t)library.dli_fbase};
    dl_iterate_phdr(look_at, &found);
    if (!found.same) return;
    for (size_t i = 0; i < sizeof announcements / sizeof *announcements; i++) {
        replace(found.base + announcements[i], ANNOUNCED, FITTING);
    }
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
        replace(found.base + halves[i], ANNOUNCED / 2, FITTING / 2);
    }
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        replace(found.base + timeouts[i], TRUSTED_SECONDS, 0);
    }
}
