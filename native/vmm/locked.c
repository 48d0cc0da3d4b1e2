#define _GNU_SOURCE
#include "verbs.h"

#include "../common/cleanup.h"
#include "supervise.h"
#include "die.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static bool is_held(const char *path) {
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return false;
        die_errno("cannot open %s", path);
    }
    struct flock asked = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_GETLK, &asked) != 0) die_errno("cannot query the lock of %s", path);
    return asked.l_type != F_UNLCK;
}

int print_locked(char **files) {
    for (; *files != NULL; files++) {
        if (is_held(*files)) puts(*files);
    }
    if (fflush(stdout) != 0) die_errno("cannot write to stdout");
    return 0;
}

static void take(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0600);
    if (fd < 0) die_errno("cannot open %s", path);
    struct flock wanted = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    while (fcntl(fd, F_OFD_SETLKW, &wanted) != 0) {
        if (errno != EINTR) die_errno("cannot lock %s", path);
    }
}

void hold_locks(char **files, pid_t parent) {
    die_with(parent);
    for (; *files != NULL; files++) take(*files);
    if (puts("held") < 0 || fflush(stdout) != 0) die_errno("cannot write to stdout");
    for (;;) pause();
}
