#include "sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int set_sysctl(const char *path, const char *value, struct failure *failure) {
    int folder = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = folder < 0 ? -1 : openat(folder, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    // One write: the kernel takes each as a value of its own.
    ssize_t written = fd < 0 ? -1 : write(fd, value, strlen(value));
    int error = errno;
    if (fd >= 0) (void)close(fd);
    if (folder >= 0) (void)close(folder);
    if (written >= 0) return 0;
    if (error == ENOENT) return fail(failure, "failed", "sysctl: the box's kernel has no %s", path);
    return fail(failure, "failed", "sysctl: cannot set %s to \"%s\": %s", path, value, strerror(error));
}
