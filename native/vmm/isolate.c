/*
 * passt isolates itself in a user namespace and others below it, and exits if it cannot. On a host that forbids user
 * namespaces, as most containers do, it continues with those that are available: for root with CAP_SYS_ADMIN all others
 * (passt.c), for other users none. The remaining protection is a dedicated user if root starts it, no capabilities,
 * Landlock (seal.c) and passt's own filter.
 */
#define _GNU_SOURCE
#include "../common/io.h"

#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

typedef long (*call)(long number, ...);

/* passt's attempt to create user and mount namespaces was refused. */
static bool without_user;
static bool without_mounts;

static call next_syscall(void) {
    static call next;
    if (next != NULL) return next;
    void *symbol = dlsym(RTLD_NEXT, "syscall");
    if (symbol != NULL) memcpy(&next, &symbol, sizeof next);
    return next;
}

static bool is_passt(void) { return strncmp(program_invocation_short_name, "passt", 5) == 0; }

EXPORT long syscall(long number, ...) {
    long words[6];
    va_list values;
    call next = next_syscall();
    if (next == NULL) return refuse(ENOSYS);
    va_start(values, number);
    for (size_t i = 0; i < 6; i++) words[i] = va_arg(values, long);
    va_end(values);
    if (number == SYS_pivot_root && without_mounts) return 0;
    return next(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

EXPORT int unshare(int flags) {
    if (syscall(SYS_unshare, flags) == 0) return 0;
    if (!is_passt()) return -1;
    if (flags == CLONE_NEWUSER) {
        without_user = true;
        return 0;
    }
    if (!without_user) return -1;
    without_mounts = true;
    return 0;
}

EXPORT int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data) {
    if (without_mounts) return 0;
    return (int)syscall(SYS_mount, source, target, type, flags, data);
}

EXPORT int umount2(const char *target, int flags) {
    if (without_mounts) return 0;
    return (int)syscall(SYS_umount2, target, flags);
}
