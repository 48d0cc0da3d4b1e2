/*
 * Part of libboxshare.so: what virtiofsd in Rust needs without a private root (share-open.c). It passes names from the
 * guest to the kernel unchecked, so names that lead out of a volume are refused here, for every call that takes one.
 */
#define _GNU_SOURCE
#include "share-open.h"

#include "../common/io.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static bool is_refused(int folder, const char *name) { return !share_may_name(folder, name); }

EXPORT int mkdirat(int folder, const char *name, mode_t mode) {
    return is_refused(folder, name) ? refuse(EPERM) : (int)syscall(SYS_mkdirat, folder, name, mode);
}

EXPORT int mknodat(int folder, const char *name, mode_t mode, dev_t device) {
    return is_refused(folder, name) ? refuse(EPERM) : (int)syscall(SYS_mknodat, folder, name, mode, device);
}

/* mknodat() of programs built for older versions of glibc. */
int __xmknodat(int version, int folder, const char *name, mode_t mode, dev_t *device);

EXPORT int __xmknodat(int version, int folder, const char *name, mode_t mode, dev_t *device) {
    return version == 0 || version == 1 ? mknodat(folder, name, mode, *device) : refuse(EINVAL);
}

EXPORT int unlinkat(int folder, const char *name, int flags) {
    return is_refused(folder, name) ? refuse(EPERM) : (int)syscall(SYS_unlinkat, folder, name, flags);
}

EXPORT int symlinkat(const char *target, int folder, const char *name) {
    return is_refused(folder, name) ? refuse(EPERM) : (int)syscall(SYS_symlinkat, target, folder, name);
}

EXPORT int linkat(int from, const char *old, int folder, const char *name, int flags) {
    if (is_refused(from, old) || is_refused(folder, name)) return refuse(EPERM);
    return (int)syscall(SYS_linkat, from, old, folder, name, flags);
}

EXPORT int renameat2(int from, const char *old, int folder, const char *name, unsigned flags) {
    return (int)syscall(SYS_renameat2, from, old, folder, name, flags);
}

EXPORT int renameat(int from, const char *old, int folder, const char *name) {
    return (int)syscall(SYS_renameat2, from, old, folder, name, 0);
}

/* Renames come through syscall(), and so does openat2(), which must not bypass openat(). */
EXPORT long syscall(long number, ...) {
    static _Thread_local long (*next)(long, ...);
    long words[6];
    va_list rest;
    va_start(rest, number);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) words[i] = va_arg(rest, long);
    va_end(rest);
    if (share_is_active() && number == SYS_openat2) return refuse(ENOSYS);
    if (number == SYS_renameat2 &&
        (is_refused((int)words[0], (const char *)words[1]) || is_refused((int)words[2], (const char *)words[3]))) {
        return refuse(EPERM);
    }
    if (next == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "syscall");
        if (symbol == NULL) return refuse(ENOSYS);
        memcpy(&next, &symbol, sizeof next);
    }
    return next(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

/* The root that virtiofsd is given has been removed, so it has no path. */
EXPORT char *realpath(const char *path, char *resolved) {
    static const char descriptors[] = "/proc/self/fd/";
    char *(*next)(const char *, char *) = NULL;
    if (share_is_active() && strncmp(path, descriptors, sizeof descriptors - 1) == 0) {
        if (resolved == NULL) return strdup(path);
        return strlen(path) < PATH_MAX ? strcpy(resolved, path) : NULL;
    }
    void *symbol = dlsym(RTLD_NEXT, "realpath");
    if (symbol == NULL) return NULL;
    memcpy(&next, &symbol, sizeof next);
    return next(path, resolved);
}
