#include "plug.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../common/io.h"
#include "private_mount.h"

enum { SLOTS = 8 };

// Whether the kernel knows a slot, and has found it empty.
static bool was_empty(const char *name) {
    char path[96];
    (void)snprintf(path, sizeof path, "/sys/bus/platform/devices/%s", name);
    if (access(path, F_OK) < 0) return false;
    (void)snprintf(path, sizeof path, "/sys/bus/platform/devices/%s/driver", name);
    return access(path, F_OK) < 0;
}

static bool plug(const char *name, struct failure *failure) {
    bool done = write_text(AT_FDCWD, PRIVATE_MOUNT "/bus/platform/drivers/virtio-mmio/bind", name);
    // ENODEV: it is still empty.
    return done || errno == ENODEV || fail(failure, "failed", "cannot attach %s: %s", name, strerror(errno));
}

bool plug_devices(struct failure *failure) {
    bool entered = false;
    for (int slot = 0; slot < SLOTS; slot++) {
        char name[32];
        (void)snprintf(name, sizeof name, "virtio-mmio.%d", slot);
        if (!was_empty(name)) continue;
        // The box's own /sys is read-only.
        if (!entered && !enter_private("sysfs", "sysfs", NULL, failure)) return false;
        entered = true;
        if (!plug(name, failure)) return false;
    }
    return !entered || leave_private(failure);
}
