#define _GNU_SOURCE
#include "mounts.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

int copy_mounts(const char *path) {
    return (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}

int copy_open(int fd) {
    return (int)syscall(SYS_open_tree, fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);
}

/* Private, because later mounts of the host would appear without these attributes. */
bool restrict_mounts(int copy, uint64_t attributes) {
    struct mount_attr wanted = {.attr_set = attributes, .propagation = MS_PRIVATE};
    return syscall(SYS_mount_setattr, copy, "", AT_EMPTY_PATH | AT_RECURSIVE, &wanted, sizeof wanted) == 0;
}

bool restrict_mount(int fd, uint64_t attributes) {
    struct mount_attr wanted = {.attr_set = attributes};
    return syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &wanted, sizeof wanted) == 0;
}

bool attach_mounts(int copy, int place) {
    return syscall(SYS_move_mount, copy, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0;
}
