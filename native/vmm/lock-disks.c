#define _GNU_SOURCE
#include "lock-disks.h"

#include "descriptors.h"
#include "die.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static bool lock(int fd, int command) {
    /* One byte that QEMU, which has its own locks from the hundredth on, leaves alone. */
    struct flock first = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    return fcntl(fd, command, &first) == 0;
}

static void lock_disk(const char *path) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) die_errno("cannot use %s", path);
    if (!lock(fd, F_OFD_SETLK) && (errno == EAGAIN || errno == EACCES)) {
        dprintf(STDERR_FILENO, "waiting for a killed machine that still writes to %s\n", path);
        if (!lock(fd, F_OFD_SETLKW)) die_errno("cannot lock %s", path);
    }
    /* Left open, for QEMU too: the lock is there for as long as the last thread that could write. */
    above(fd, true);
}

/* A file system that has no locks is used without. */
void lock_disks(const struct machine *machine) {
    for (size_t i = 0; i < machine->disk_count; i++) {
        if (!machine->disks[i].read_only) lock_disk(machine->disks[i].path);
    }
}
