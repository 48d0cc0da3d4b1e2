#include "devices.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private_mount.h"
#include "targets.h"

static int make_node(const char *path, const struct stat *like, mode_t mode, struct failure *failure) {
    (void)unlink(path);
    if (mknod(path, (like->st_mode & S_IFMT) | mode, like->st_rdev) == 0 && chmod(path, mode) == 0) return 0;
    return fail(failure, "failed", "cannot make the device %s: %s", path, strerror(errno));
}

static int add_device(const struct device *device, struct failure *failure) {
    char source[PATH_MAX];
    struct stat status;
    int length = snprintf(source, sizeof source, "%s/%s", PRIVATE_MOUNT, device->name);
    bool fits = length > 0 && (size_t)length < sizeof source;
    if (!fits || lstat(source, &status) < 0 || !(S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))) {
        return fail(failure, "failed", "--device: the box's kernel has no /dev/%s", device->name);
    }
    // Whoever asks for a device wants its programs to use it, whatever their user.
    mode_t mode = (device->access & DEVICE_READ ? 0444 : 0) | (device->access & DEVICE_WRITE ? 0222 : 0);
    // As a file first, for the folders on the way there and for links.
    if (make_target(device->path, false, failure) < 0) return -1;
    return make_node(device->path, &status, mode, failure);
}

// Copies the nodes of a folder of devtmpfs that the box does not have yet.
static int add_all(const char *from, const char *to, struct failure *failure) {
    DIR *folder = opendir(from);
    if (!folder) return fail(failure, "failed", "cannot list the devices: %s", strerror(errno));
    int result = 0;
    for (struct dirent *entry = readdir(folder); entry && result == 0; entry = readdir(folder)) {
        char source[PATH_MAX];
        char target[PATH_MAX];
        struct stat status;
        struct stat there;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        int length = snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof source) continue;
        length = snprintf(target, sizeof target, "%s/%s", to, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof target || lstat(source, &status) < 0) continue;
        bool exists = lstat(target, &there) == 0;
        if (S_ISDIR(status.st_mode)) {
            result = make_target(target, true, failure) < 0 ? -1 : add_all(source, target, failure);
        } else if (!exists && (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))) {
            result = make_node(target, &status, status.st_mode & 07777, failure);
        }
    }
    (void)closedir(folder);
    return result;
}

int add_devices(const struct configuration *c, struct failure *failure) {
    if (c->device_count == 0 && !c->privileged) return 0;
    if (enter_private("devtmpfs", "devtmpfs", NULL, failure) < 0) return -1;
    int result = c->privileged ? add_all(PRIVATE_MOUNT, "/dev", failure) : 0;
    for (size_t i = 0; i < c->device_count && result == 0; i++) result = add_device(&c->devices[i], failure);
    return result < 0 ? -1 : leave_private(failure);
}
