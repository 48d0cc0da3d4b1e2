#include "mount_point.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// musl 1.2.3 has no statx(), and the headers of C libraries that have it conflict with the kernel's.
bool is_mount_point_in(int folder, const char *name) {
    struct statx status;
    return syscall(SYS_statx, folder, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &status) == 0 &&
           (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

bool is_mount_point(const char *name) { return is_mount_point_in(AT_FDCWD, name); }
