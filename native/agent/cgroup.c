#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private_mount.h"

// The group's cgroup.procs.
static int procs = -1;

static int write_file(const char *path, const char *value, struct failure *failure) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t written = fd < 0 ? -1 : write(fd, value, strlen(value));
    int error = errno;
    if (fd >= 0) (void)close(fd);
    return written >= 0 ? 0 : fail(failure, "failed", "--pids-limit: cannot write %s: %s", path, strerror(error));
}

int cgroup_open(uint32_t pids_limit, struct failure *failure) {
    char limit[16];
    (void)snprintf(limit, sizeof limit, "%u", pids_limit);
    if (enter_private("cgroup2", "cgroup2", NULL, failure) < 0 ||
        write_file(PRIVATE_MOUNT "/cgroup.subtree_control", "+pids", failure) < 0) {
        return -1;
    }
    if (mkdir(PRIVATE_MOUNT "/box", 0755) < 0) {
        return fail(failure, "failed", "--pids-limit: cannot make a control group: %s", strerror(errno));
    }
    if (write_file(PRIVATE_MOUNT "/box/pids.max", limit, failure) < 0) return -1;
    procs = open(PRIVATE_MOUNT "/box/cgroup.procs", O_WRONLY | O_CLOEXEC);
    if (procs < 0) return fail(failure, "failed", "--pids-limit: %s", strerror(errno));
    return leave_private(failure);
}

bool cgroup_is_open(void) { return procs >= 0; }

int cgroup_join(struct failure *failure) {
    // 0: whoever writes it. Joining is never refused, only forking is.
    if (procs < 0 || write(procs, "0", 1) == 1) return 0;
    return fail(failure, "failed", "cannot join the box's control group: %s", strerror(errno));
}
