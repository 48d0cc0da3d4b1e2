#include "system_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "own_targets.h"
#include "sysctl.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { NO_PRIVILEGES = MS_NOSUID | MS_NOEXEC | MS_NODEV };

struct system_mount {
    const char *type;
    const char *target;
    unsigned long flags;
    const char *options;
    bool optional;
};

static const struct system_mount MOUNTS[] = {
    {"proc", "proc", NO_PRIVILEGES, NULL, false},
    {"sysfs", "sys", NO_PRIVILEGES | MS_RDONLY, NULL, false},
    {"cgroup2", "sys/fs/cgroup", NO_PRIVILEGES | MS_RDONLY, NULL, true},
    {"tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k", false},
    {"devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5", false},
    {"tmpfs", "dev/shm", NO_PRIVILEGES, "mode=1777,size=65536k", false},
    {"mqueue", "dev/mqueue", NO_PRIVILEGES, NULL, true},
};

static const struct {
    const char *path;
    unsigned major, minor;
} DEVICES[] = {
    {"dev/null", 1, 3},   {"dev/zero", 1, 5},    {"dev/full", 1, 7},
    {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0},
};

static const struct {
    const char *path, *target;
} LINKS[] = {
    {"dev/ptmx", "pts/ptmx"},          {"dev/fd", "/proc/self/fd"},       {"dev/stdin", "/proc/self/fd/0"},
    {"dev/stdout", "/proc/self/fd/1"}, {"dev/stderr", "/proc/self/fd/2"}, {"dev/core", "/proc/kcore"},
};

bool mount_one(const char *source, const char *target, const char *type, unsigned long flags, const char *options,
               struct failure *failure) {
    if (mount(source, target, type, flags, options) == 0) return true;
    return fail(failure, "mount", "cannot mount %s (%s) at %s: %s", source, type, target, strerror(errno));
}

bool mount_kernel(const char *type, const char *target, unsigned long flags, struct failure *failure) {
    if (!mount_one(type, target, type, flags & ~(unsigned long)MS_RDONLY, NULL, failure)) return false;
    if (!(flags & MS_RDONLY) || mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | flags, NULL) == 0) return true;
    return fail(failure, "mount", "cannot make %s read-only: %s", target, strerror(errno));
}

bool mount_for_boot(struct failure *failure) {
    // EBUSY: the kernel has already mounted /dev.
    if (mount("dev", "/dev", "devtmpfs", MS_NOSUID, NULL) < 0 && errno != EBUSY) {
        return fail(failure, "mount", "cannot mount /dev: %s", strerror(errno));
    }
    return mount_one("sys", "/sys", "sysfs", NO_PRIVILEGES, NULL, failure);
}

static bool fill_dev(struct failure *failure) {
    mode_t mask = umask(0);
    bool made = true;
    for (size_t i = 0; i < COUNT(DEVICES) && made; i++) {
        made = mknod(DEVICES[i].path, S_IFCHR | 0666, makedev(DEVICES[i].major, DEVICES[i].minor)) == 0 ||
               fail(failure, "mount", "cannot create %s: %s", DEVICES[i].path, strerror(errno));
    }
    for (size_t i = 0; i < COUNT(LINKS) && made; i++) {
        made = symlink(LINKS[i].target, LINKS[i].path) == 0 ||
               fail(failure, "mount", "cannot create %s: %s", LINKS[i].path, strerror(errno));
    }
    (void)umask(mask);
    return made;
}

// The trees of mounts that have yet to get their places in the box's root.
static struct {
    const char *name, *target;
    int mounts;
} trees[] = {{"proc", "/proc", -1}, {"sys", "/sys", -1}, {"dev", "/dev", -1}};

static bool mount_all(struct failure *failure) {
    for (size_t i = 0; i < COUNT(MOUNTS); i++) {
        const struct system_mount *m = &MOUNTS[i];
        bool under_sys = strncmp(m->target, "sys/", 4) == 0;
        if (!under_sys && mkdir(m->target, 0755) < 0) {
            return fail(failure, "mount", "cannot create the directory %s: %s", m->target, strerror(errno));
        }
        bool mounted = m->options ? mount_one(m->type, m->target, m->type, m->flags, m->options, failure)
                                  : mount_kernel(m->type, m->target, m->flags, failure);
        if (!mounted && !m->optional) return false;
        if (strcmp(m->target, "dev") == 0 && !fill_dev(failure)) return false;
    }
    return true;
}

static bool detach_all(struct failure *failure) {
    for (size_t i = 0; i < COUNT(trees); i++) {
        unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE;
        trees[i].mounts = (int)syscall(SYS_open_tree, AT_FDCWD, trees[i].name, flags);
        if (trees[i].mounts < 0) return fail(failure, "mount", "cannot copy %s: %s", trees[i].name, strerror(errno));
    }
    return true;
}

bool system_prepare(struct failure *failure) {
    if (!mount_one("tmpfs", BUILDING_SITE, "tmpfs", MS_NOATIME, "mode=755", failure)) return false;
    bool done =
        chdir(BUILDING_SITE) == 0 && mount_all(failure) && sysctl_prepare("proc/sys", failure) && detach_all(failure);
    if (chdir("/") < 0 || umount2(BUILDING_SITE, MNT_DETACH) < 0) {
        return fail(failure, "mount", "cannot leave %s: %s", BUILDING_SITE, strerror(errno));
    }
    return done;
}

bool system_place(struct failure *failure) {
    for (size_t i = 0; i < COUNT(trees); i++) {
        const char *target = trees[i].target;
        cleanup_close int mounts = take_fd(&trees[i].mounts);
        if (!make_own_folder(target, failure)) return false;
        if (syscall(SYS_move_mount, mounts, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0) {
            return fail(failure, "mount", "cannot mount %s: %s", target, strerror(errno));
        }
    }
    return true;
}

bool open_sys(struct failure *failure) {
    static const char *const paths[] = {"/sys", "/sys/fs/cgroup"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        if (mount(NULL, paths[i], NULL, MS_REMOUNT | MS_BIND | NO_PRIVILEGES, NULL) < 0) {
            return fail(failure, "mount", "cannot make %s writable: %s", paths[i], strerror(errno));
        }
    }
    return true;
}

bool resize_shm(uint64_t bytes, struct failure *failure) {
    char options[64];
    (void)snprintf(options, sizeof options, "mode=1777,size=%llu", (unsigned long long)bytes);
    return mount_one("tmpfs", "/dev/shm", "tmpfs", MS_REMOUNT | NO_PRIVILEGES, options, failure);
}
