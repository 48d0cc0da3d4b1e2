/*
 * Part of libboxshare.so: virtiofsd without a private root (open-share.h). Its root is an empty directory, in which each
 * volume is a descriptor. The contents of volumes are outside that root, where `..` and links could lead anywhere.
 * Therefore only single names from the guest are looked up, `..` is refused, and no link is followed.
 */
#define _GNU_SOURCE
#include "share-open.h"

#include "../common/io.h"
#include "share-protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

struct place {
    dev_t device;
    ino_t inode;
};

static bool active;
static struct place root;
/* /proc/self/fd, through which virtiofsd opens files that it has looked up. */
static struct place descriptors;
static const char *volumes = "";

static bool is_at(int fd, const struct place *place) {
    struct stat status;
    return fstat(fd, &status) == 0 && status.st_dev == place->device && status.st_ino == place->inode;
}

static _Noreturn void give_up(const char *what) {
    dprintf(STDERR_FILENO, "box-vmm: cannot serve the volumes: %s: %s\n", what, strerror(errno));
    _exit(1);
}

static struct place place_of(int fd, const char *what) {
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) give_up(what);
    return (struct place){.device = status.st_dev, .inode = status.st_ino};
}

__attribute__((constructor)) static void begin(void) {
    char *rest = NULL;
    const char *words = getenv(SHARE_VARIABLE);
    if (words == NULL) return;
    root = place_of((int)strtol(words, &rest, 10), SHARE_VARIABLE);
    volumes = rest;
    /* It stays open, so that its inode number stays the same. */
    descriptors = place_of(open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC), "/proc/self/fd");
    active = true;
}

/* /FD/NAME/FD/NAME… */
static int find_volume(const char *name) {
    size_t length = strlen(name);
    for (const char *at = volumes; *at == '/';) {
        char *rest = NULL;
        long fd = strtol(at + 1, &rest, 10);
        if (*rest != '/') break;
        size_t known = strcspn(++rest, "/");
        if (known == length && memcmp(rest, name, length) == 0) return (int)fd;
        at = rest + known;
    }
    return -1;
}

static int open_plainly(int folder, const char *path, int flags, mode_t mode) {
    return (int)syscall(SYS_openat, folder, path, flags, mode);
}

bool share_is_active(void) { return active; }

bool share_may_name(int folder, const char *name) {
    if (!active || (strchr(name, '/') == NULL && strcmp(name, "..") != 0)) return true;
    /* Its own names, not the guest's. */
    return folder == AT_FDCWD || is_at(folder, &descriptors);
}

int share_open(int folder, const char *path, int flags, mode_t mode) {
    /* Names from the guest contain no slash; virtiofsd itself opens files of the system. */
    if (!active || path[0] == '/' || is_at(folder, &descriptors)) return open_plainly(folder, path, flags, mode);
    if (!share_may_name(folder, path)) return refuse(EPERM);
    int volume = is_at(folder, &root) ? find_volume(path) : -1;
    if (volume >= 0) return (flags & O_PATH) != 0 ? fcntl(volume, F_DUPFD_CLOEXEC, 0) : refuse(EPERM);
    return open_plainly(folder, path, flags | O_NOFOLLOW, mode);
}

#define MAKES (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))

/* <fcntl.h> may define these inline for callers. */
int box_openat(int folder, const char *path, int flags, ...) __asm__("openat") EXPORT;
int box_openat64(int folder, const char *path, int flags, ...) __asm__("openat64") EXPORT;

int box_openat(int folder, const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & MAKES) == 0 ? 0 : va_arg(rest, mode_t);
    va_end(rest);
    return share_open(folder, path, flags, mode);
}

int box_openat64(int folder, const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & MAKES) == 0 ? 0 : va_arg(rest, mode_t);
    va_end(rest);
    return share_open(folder, path, flags, mode);
}

/*
 * For operations that need a path, virtiofsd temporarily changes its working directory to /proc/self/fd, for which each
 * thread has its own working directory. If even that is not allowed, as under Docker's filter, the threads take turns.
 */
static bool in_turns;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

EXPORT int unshare(int flags) {
    int result = (int)syscall(SYS_unshare, flags);
    if (result == 0 || !active || flags != CLONE_FS) return result;
    in_turns = true;
    return 0;
}

EXPORT int fchdir(int folder) {
    static _Thread_local bool away;
    if (in_turns && !away) {
        if (pthread_mutex_lock(&turn) != 0) return refuse(EDEADLK);
        away = true;
    }
    int result = (int)syscall(SYS_fchdir, folder);
    if (away && (result != 0 || is_at(folder, &root))) {
        away = false;
        (void)pthread_mutex_unlock(&turn);
    }
    return result;
}
