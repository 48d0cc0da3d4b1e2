/*
 * libboxshare.so, preloaded into virtiofsd.
 *
 * The one in C opens a file that has come into being between its look and its
 * open() with the guest's flags, O_CREAT among them, and without a mode. The C library's checked open() ends the process
 * for that, and with it the box. The file is there: it is opened, and never made.
 *
 * Both drop the supplementary groups and end when they cannot. In a user namespace with no more than the caller's own
 * ids the kernel lets nobody drop them, since files may be closed to a group and open to all others. They stay, and the
 * guest may do with the volumes what the caller may.
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

/* What the compiler calls for open() with no mode and with flags that it cannot see (glibc's bits/fcntl2.h). */
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
