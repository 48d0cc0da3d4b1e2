/*
 * libboxmemory.so, preloaded into QEMU.
 *
 * Where a QEMU with a template (template.h) opens the file of the guest's memory, it gets a duplicate of a descriptor instead.
 * A box thus needs no access to its template's file, and its descriptor is read-only: QEMU 7.2 opens the file for writing even
 * for a private mapping, and a box must never be able to change its template. Where QEMU maps it privately, the pages that a
 * start writes to are copied at once.
 */
#define _GNU_SOURCE
#include "template.h"
#include "touched.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* Compilers call these instead of open() without a mode if the flags are not constant (glibc's bits/fcntl2.h). */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);

/* The duplicate, or -1. */
static int memory = -1;

static int open_any(const char *path, int flags, mode_t mode) {
    if (strcmp(path, MEMORY_PATH) == 0) return memory = fcntl(MEMORY_STREAM, F_DUPFD_CLOEXEC, 0);
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

static int open_listed(const char *path, int flags, va_list *rest) {
    bool makes = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
    return open_any(path, flags, makes ? va_arg(*rest, mode_t) : 0);
}

EXPORT int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int fd = open_listed(path, flags, &rest);
    va_end(rest);
    return fd;
}

EXPORT int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int fd = open_listed(path, flags, &rest);
    va_end(rest);
    return fd;
}

EXPORT int __open_2(const char *path, int flags) { return open_any(path, flags, 0); }

EXPORT int __open64_2(const char *path, int flags) { return open_any(path, flags, 0); }

static void *map(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
    void *mapped = (void *)syscall(SYS_mmap, at, length, protection, flags, fd, offset);
    bool is_copied = mapped != MAP_FAILED && fd >= 0 && fd == memory && (flags & MAP_PRIVATE) != 0 && offset == 0;
    if (is_copied) copy_touched(mapped, length);
    return mapped;
}

EXPORT void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
    return map(at, length, protection, flags, fd, offset);
}

EXPORT void *mmap64(void *at, size_t length, int protection, int flags, int fd, off64_t offset) {
    return map(at, length, protection, flags, fd, offset);
}
