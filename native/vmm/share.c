/*
 * libboxshare.so, preloaded into virtiofsd.
 *
 * If a file is created between virtiofsd's check and its open(), the version in C opens it with the guest's flags, which
 * include O_CREAT, but without a mode. The C library's checked open() aborts the process for that, and the box ends. The
 * file exists, so it only has to be opened.
 *
 * Both versions drop the supplementary groups and exit if they cannot. In a user namespace that maps only the caller's own
 * IDs, the kernel does not allow dropping them, because a file's mode may deny a group what it allows others. They are
 * kept, and the guest can do with the volumes what the caller can.
 */
#define _GNU_SOURCE
#include "../common/io.h"
#include "share-open.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/types.h>

#define EXPORT __attribute__((visibility("default")))

enum { MAKES = O_CREAT | (O_TMPFILE & ~O_DIRECTORY) };

/* Compilers call this for open() without a mode if the flags are not constant (glibc's bits/fcntl2.h). */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int folder, const char *path, int flags);
int __openat64_2(int folder, const char *path, int flags);

EXPORT int __open_2(const char *path, int flags) { return open(path, flags & ~MAKES, 0); }

EXPORT int __open64_2(const char *path, int flags) { return open64(path, flags & ~MAKES, 0); }

EXPORT int __openat_2(int folder, const char *path, int flags) { return share_open(folder, path, flags & ~MAKES, 0); }

EXPORT int __openat64_2(int folder, const char *path, int flags) {
    return share_open(folder, path, (flags & ~MAKES) | O_LARGEFILE, 0);
}

EXPORT int setgroups(size_t count, const gid_t *groups) {
    int (*next)(size_t, const gid_t *) = NULL;
    void *symbol = dlsym(RTLD_NEXT, "setgroups");
    if (symbol == NULL) return refuse(ENOSYS);
    memcpy(&next, &symbol, sizeof next);
    int result = next(count, groups);
    return result != 0 && errno == EPERM && count == 0 ? 0 : result;
}
