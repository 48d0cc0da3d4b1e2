#include "namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cgroup.h"
#include "closed_paths.h"
#include "system_mounts.h"

// Descriptors of namespaces; -1 until they exist.
static int agent_pid = -1;
struct namespaces {
    int pid, mounts, cgroup;
};
static struct namespaces box = {-1, -1, -1};

static int open_namespace(int process, const char *name) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/ns/%s", process, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

bool namespaces_exist(void) { return box.pid >= 0; }

bool namespaces_visit(struct failure *failure) {
    if (agent_pid < 0) agent_pid = open_namespace(getpid(), "pid");
    int result = agent_pid < 0 ? -1 : box.pid < 0 ? unshare(CLONE_NEWPID) : setns(box.pid, CLONE_NEWPID);
    return result == 0 || fail(failure, "failed", "cannot use the box's PID namespace: %s", strerror(errno));
}

void namespaces_leave(void) { (void)setns(agent_pid, CLONE_NEWPID); }

bool namespaces_adopt(int process_1, struct failure *failure) {
    box.pid = open_namespace(process_1, "pid");
    box.mounts = open_namespace(process_1, "mnt");
    if (cgroup_is_open()) box.cgroup = open_namespace(process_1, "cgroup");
    if (box.pid >= 0 && box.mounts >= 0) return true;
    return fail(failure, "failed", "cannot find the box's namespaces: %s", strerror(errno));
}

// Makes the box's control group appear as the root, read-only if the agent's mount is.
static bool mount_cgroup(struct failure *failure) {
    static const char path[] = "/sys/fs/cgroup";
    struct statvfs status;
    if (statvfs(path, &status) < 0 || umount2(path, MNT_DETACH) < 0) {
        return fail(failure, "mount", "cannot remount %s: %s", path, strerror(errno));
    }
    unsigned long flags = MS_NOSUID | MS_NOEXEC | MS_NODEV | (status.f_flag & ST_RDONLY ? MS_RDONLY : 0);
    return mount_kernel("cgroup2", path, flags, failure);
}

bool namespaces_prepare(struct failure *failure) {
    bool limited = cgroup_is_open();
    if (unshare(CLONE_NEWNS | (limited ? CLONE_NEWCGROUP : 0)) < 0) {
        return fail(failure, "failed", "cannot create the box's namespaces: %s", strerror(errno));
    }
    // The agent's /proc would show the agent. Unmounting it also removes the mounts on top of it.
    if (umount2("/proc", MNT_DETACH) < 0) return fail(failure, "mount", "cannot unmount /proc: %s", strerror(errno));
    if (!mount_one("proc", "/proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL, failure)) return false;
    if (limited && !mount_cgroup(failure)) return false;
    return close_paths("/proc", failure);
}

bool namespaces_join(struct failure *failure) {
    if (setns(box.mounts, CLONE_NEWNS) == 0 && (box.cgroup < 0 || setns(box.cgroup, CLONE_NEWCGROUP) == 0)) return true;
    return fail(failure, "failed", "cannot enter the box's namespaces: %s", strerror(errno));
}
