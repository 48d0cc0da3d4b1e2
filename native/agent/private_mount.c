#include "private_mount.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system_mounts.h"

bool enter_private(const char *type, const char *source, const char *options, struct failure *failure) {
    if (mkdir(PRIVATE_MOUNT, 0700) < 0) {
        return fail(failure, "mount", "cannot create %s: %s", PRIVATE_MOUNT, strerror(errno));
    }
    // Programs on a volume may be setuid, as with Docker.
    return mount_one(source, PRIVATE_MOUNT, type, MS_NODEV, options, failure);
}

bool leave_private(struct failure *failure) {
    if (umount2(PRIVATE_MOUNT, MNT_DETACH) < 0 || rmdir(PRIVATE_MOUNT) < 0) {
        return fail(failure, "mount", "cannot remove %s: %s", PRIVATE_MOUNT, strerror(errno));
    }
    return true;
}
