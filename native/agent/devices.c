#include "devices.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "../common/io.h"
#include "private_mount.h"
#include "targets.h"

static bool make_node(const char *path, const struct stat *like, mode_t mode, struct failure *failure) {
    (void)unlink(path);
    if (mknod(path, (like->st_mode & S_IFMT) | mode, like->st_rdev) == 0 && chmod(path, mode) == 0) return true;
    return fail(failure, "failed", "cannot create the device %s: %s", path, strerror(errno));
}

static bool add_device(const struct device *device, struct failure *failure) {
    char source[PATH_MAX];
    struct stat status;
    int length = snprintf(source, sizeof source, "%s/%s", PRIVATE_MOUNT, device->name);
    bool fits = length > 0 && (size_t)length < sizeof source;
    if (!fits || lstat(source, &status) < 0 || !(S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))) {
        return fail(failure, "failed", "--device: the guest kernel has no /dev/%s", device->name);
    }
    // The box's programs may use a requested device no matter which user they run as.
    mode_t mode = (device->access & DEVICE_READ ? 0444 : 0) | (device->access & DEVICE_WRITE ? 0222 : 0);
    // Create a file first: this creates parent directories and resolves links.
    if (!make_target(device->path, false, failure)) return false;
    return make_node(device->path, &status, mode, failure);
}

// The mode that udev gives a device. Docker's privileged containers have the host's nodes, with these modes.
static mode_t mode_of(const char *path, const struct stat *status) {
    bool is_for_all = strcmp(path, "/dev/fuse") == 0 || strcmp(path, "/dev/net/tun") == 0;
    return is_for_all ? 0666 : status->st_mode & 07777;
}

// Copies those device nodes of a devtmpfs directory that the box does not have yet.
static bool add_all(const char *from, const char *to, struct failure *failure) {
    cleanup_dir DIR *folder = opendir(from);
    if (!folder) return fail(failure, "failed", "cannot list the devices: %s", strerror(errno));
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char source[PATH_MAX];
        char target[PATH_MAX];
        struct stat status;
        struct stat there;
        if (is_dots(entry->d_name)) continue;
        int length = snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof source) continue;
        length = snprintf(target, sizeof target, "%s/%s", to, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof target || lstat(source, &status) < 0) continue;
        bool exists = lstat(target, &there) == 0;
        if (S_ISDIR(status.st_mode)) {
            if (!make_target(target, true, failure) || !add_all(source, target, failure)) return false;
        } else if (!exists && (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))) {
            if (!make_node(target, &status, mode_of(target, &status), failure)) return false;
        }
    }
    return true;
}

bool add_devices(const struct configuration *c, struct failure *failure) {
    if (c->device_count == 0 && !c->privileged) return true;
    if (!enter_private("devtmpfs", "devtmpfs", NULL, failure)) return false;
    if (c->privileged && !add_all(PRIVATE_MOUNT, "/dev", failure)) return false;
    for (size_t i = 0; i < c->device_count; i++) {
        if (!add_device(&c->devices[i], failure)) return false;
    }
    return leave_private(failure);
}
