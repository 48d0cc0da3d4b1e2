/*
 * A device node for the box's own user, for a device that only root may open on the host. It changes nothing on the host
 * and is visible to no other process.
 */
#define _GNU_SOURCE
#include "device.h"

#include "../common/cleanup.h"
#include "descriptors.h"
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
    const char *path;
    int mount;
    char failure[100];
} own = {.mount = -1};

static bool set_option(int system, const char *key, const char *value) {
    return syscall(SYS_fsconfig, system, FSCONFIG_SET_STRING, key, value, 0) == 0;
}

/* A tmpfs just large enough for the node. */
static int mount_file_system(void) {
    cleanup_close int system = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    if (system < 0) return -1;
    bool made = set_option(system, "mode", "0755") && set_option(system, "size", "4k") &&
                set_option(system, "nr_inodes", "2") &&
                syscall(SYS_fsconfig, system, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0;
    if (!made) return -1;
    return (int)syscall(SYS_fsmount, system, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
}

/* A device cgroup may forbid the device only when it is opened. */
static bool can_be_opened(int folder, const char *name) {
    cleanup_close int opened = openat(folder, name, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    return opened >= 0;
}

static bool make_node(int mounted, const char *name, dev_t device, uid_t user) {
    return mknodat(mounted, name, S_IFCHR | 0600, device) == 0 && fchownat(mounted, name, user, user, 0) == 0 &&
           can_be_opened(mounted, name) && restrict_mount(mounted, MOUNT_ATTR_RDONLY);
}

void make_own_device(const char *path, uid_t user) {
    struct stat status;
    if (user == 0 || stat(path, &status) != 0 || !S_ISCHR(status.st_mode)) return;
    cleanup_close int mounted = mount_file_system();
    if (mounted >= 0 && make_node(mounted, strrchr(path, '/') + 1, status.st_rdev, user)) {
        own.path = path;
        own.mount = move_above(take_fd(&mounted), false);
        return;
    }
    snprintf(own.failure, sizeof own.failure, "cannot create a device node for the box's user: %s", strerror(errno));
}

bool has_own_device(const char *path) { return own.mount >= 0 && strcmp(path, own.path) == 0; }

int own_device_mount(void) { return own.mount; }

const char *own_device_failure(void) { return own.failure; }
