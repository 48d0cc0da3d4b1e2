#include "unplug.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../common/io.h"
#include "private_mount.h"

// Returns the name of the interface's device, or NULL if there is no such interface.
static const char *find_device(const char *interface, char target[PATH_MAX]) {
    char path[64];
    (void)snprintf(path, sizeof path, "/sys/class/net/%s/device", interface);
    ssize_t length = readlink(path, target, PATH_MAX - 1);
    if (length < 0) return NULL;
    target[length] = '\0';
    const char *slash = strrchr(target, '/');
    return slash ? slash + 1 : target;
}

bool unplug_interface(const char *name, struct failure *failure) {
    char target[PATH_MAX];
    char path[PATH_MAX];
    const char *device = find_device(name, target);
    if (!device) return true;
    // The box's own /sys is read-only.
    if (!enter_private("sysfs", "sysfs", NULL, failure)) return false;
    (void)snprintf(path, sizeof path, "%s/class/net/%s/device/driver/unbind", PRIVATE_MOUNT, name);
    if (write_text(AT_FDCWD, path, device)) return leave_private(failure);
    return fail(failure, "failed", "network: cannot remove %s: %s", name, strerror(errno));
}
