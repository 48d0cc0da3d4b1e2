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
    /* A byte that QEMU does not use; its own locks start at byte 100. */
    struct flock first = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    return fcntl(fd, command, &first) == 0;
}

static void lock_disk(const char *path) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) die_errno("cannot open %s", path);
    if (!lock(fd, F_OFD_SETLK) && (errno == EAGAIN || errno == EACCES)) {
        dprintf(STDERR_FILENO, "waiting for a killed virtual machine that is still writing to %s\n", path);
        if (!lock(fd, F_OFD_SETLKW)) die_errno("cannot lock %s", path);
    }
    /* Left open, also in QEMU, so that the lock is held until the last thread that could write has ended. */
    move_above(fd, true);
}

/* File systems without locks are used unlocked. */
void lock_disks(const struct machine *machine) {
    for (size_t i = 0; i < machine->disk_count; i++) {
        if (!machine->disks[i].read_only) lock_disk(machine->disks[i].path);
    }
}
