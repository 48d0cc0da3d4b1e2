#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "../common/io.h"
#include "private_mount.h"

// The group's cgroup.procs, and the directory above the group.
static int procs = -1;
static int hierarchy = -1;

static bool write_file(const char *path, const char *value, struct failure *failure) {
    return write_text(AT_FDCWD, path, value) || fail(failure, "failed", "cannot write %s: %s", path, strerror(errno));
}

bool cgroup_open(uint32_t pids_limit, uint32_t cpu_limit, struct failure *failure) {
    char pids[16];
    char cpu[32];
    (void)snprintf(pids, sizeof pids, "%u", pids_limit);
    (void)snprintf(cpu, sizeof cpu, "%u 100000", cpu_limit);
    if (!enter_private("cgroup2", "cgroup2", NULL, failure)) return false;
    if (pids_limit > 0 && !write_file(PRIVATE_MOUNT "/cgroup.subtree_control", "+pids", failure)) return false;
    if (cpu_limit > 0 && !write_file(PRIVATE_MOUNT "/cgroup.subtree_control", "+cpu", failure)) return false;
    if (mkdir(PRIVATE_MOUNT "/" BOX_GROUP, 0755) < 0) {
        return fail(failure, "failed", "cannot create a control group: %s", strerror(errno));
    }
    if (pids_limit > 0 && !write_file(PRIVATE_MOUNT "/" BOX_GROUP "/pids.max", pids, failure)) return false;
    if (cpu_limit > 0 && !write_file(PRIVATE_MOUNT "/" BOX_GROUP "/cpu.max", cpu, failure)) return false;
    hierarchy = open(PRIVATE_MOUNT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    procs = open(PRIVATE_MOUNT "/" BOX_GROUP "/cgroup.procs", O_WRONLY | O_CLOEXEC);
    if (procs < 0 || hierarchy < 0) return fail(failure, "failed", "cannot open a control group: %s", strerror(errno));
    return leave_private(failure);
}

int cgroup_make_proxy(struct failure *failure) {
    static const char path[] = PRIVATE_MOUNT "/sidecar";
    if (!enter_private("cgroup2", "cgroup2", NULL, failure)) return -1;
    cleanup_close int group = mkdir(path, 0755) == 0 ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (group < 0) (void)fail(failure, "failed", "cannot create a control group: %s", strerror(errno));
    return group >= 0 && leave_private(failure) ? take_fd(&group) : -1;
}

bool cgroup_require(struct failure *failure) { return cgroup_is_open() || cgroup_open(0, 0, failure); }

int cgroup_hierarchy(void) { return hierarchy; }

bool cgroup_is_open(void) { return procs >= 0; }

bool cgroup_join(struct failure *failure) {
    // "0" means the writing process. The limit never prevents joining, only forking.
    if (procs < 0 || write(procs, "0", 1) == 1) return true;
    return fail(failure, "failed", "cannot join the box's control group: %s", strerror(errno));
}
