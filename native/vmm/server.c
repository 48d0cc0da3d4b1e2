#define _GNU_SOURCE
#include "server.h"

#include "../common/io.h"
#include "die.h"
#include "privileges.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

/* libkrun's name of the thread. */
#define SERVER "fs worker"

static int server_root = -1;

void confine_server(int root) { server_root = root; }

static void enter(int root) {
    /* Threads share root and working directory until then. */
    if (unshare(CLONE_FS) != 0) die_errno("cannot separate a thread from the root of the others");
    if (fchdir(root) != 0 || chroot(".") != 0) die_errno("cannot confine the file server to the volumes");
    keep_capabilities(of_file_server);
}

void confine_thread(void) {
    static _Thread_local bool known;
    char name[16] = "";
    if (known || server_root < 0) return;
    known = true;
    if (prctl(PR_GET_NAME, name) != 0) die_errno("cannot read a thread's name");
    if (strcmp(name, SERVER) == 0) enter(server_root);
}

/*
 * For a symbolic link, libkrun uses the extended attributes of its entry in /proc/self/fd, which has none and accepts none.
 * The serving thread has no /proc, so these functions give it the same answers.
 */
#define EXPORT __attribute__((visibility("default")))

/* <sys/xattr.h> declares attributes for the paths that a definition must not contradict. */
ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size);
ssize_t llistxattr(const char *path, char *list, size_t size);
int lremovexattr(const char *path, const char *name);
int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags);

EXPORT ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size) {
    (void)path, (void)name, (void)value, (void)size;
    return refuse(ENOTSUP);
}

EXPORT ssize_t llistxattr(const char *path, char *list, size_t size) {
    (void)path, (void)list, (void)size;
    return 0;
}

EXPORT int lremovexattr(const char *path, const char *name) {
    (void)path, (void)name;
    return refuse(ENOTSUP);
}

EXPORT int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags) {
    (void)path, (void)name, (void)value, (void)size, (void)flags;
    return refuse(ENOTSUP);
}
