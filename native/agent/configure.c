#include "configure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "../common/io.h"
#include "cgroup.h"
#include "closed_paths.h"
#include "devices.h"
#include "etc.h"
#include "net.h"
#include "own_targets.h"
#include "plug.h"
#include "populate.h"
#include "private_mount.h"
#include "resolver.h"
#include "rootfs.h"
#include "sysctl.h"
#include "system_mounts.h"
#include "targets.h"
#include "unplug.h"

// Tags of the shares, and their roots once they have been mounted. The second is there for what the first has not: where
// the host needs a server of their own to keep volumes read-only.
static const char *const SHARES[] = {"volumes", "read-only"};
enum { SHARE_COUNT = sizeof SHARES / sizeof SHARES[0] };
static int share_fds[SHARE_COUNT] = {-1, -1};
static size_t share; // the one that is the private mount
static bool persistent;

enum { PRIVATE_PATH = sizeof PRIVATE_MOUNT + 256 };

// Builds the path of an entry of the private mount.
static bool private_path(const char *name, char path[PRIVATE_PATH], struct failure *failure) {
    int length = snprintf(path, PRIVATE_PATH, "%s/%s", PRIVATE_MOUNT, name);
    return (length >= 0 && length < PRIVATE_PATH) || fail(failure, "mount", "volume name too long: %s", name);
}

// Binds an entry of the private mount over a path of the root.
static bool bind_private(const char *name, const char *target, bool read_only, struct failure *failure) {
    char source[PRIVATE_PATH];
    if (!private_path(name, source, failure)) return false;
    if (mount(source, target, NULL, MS_BIND | MS_REC, NULL) < 0) {
        return fail(failure, "mount", "cannot mount at %s: %s", target, strerror(errno));
    }
    unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NODEV;
    if (read_only && mount(NULL, target, NULL, flags, NULL) < 0) {
        return fail(failure, "mount", "cannot make %s read-only: %s", target, strerror(errno));
    }
    return true;
}

static const struct {
    const char *name;
    unsigned long set, clear;
} MOUNT_FLAGS[] = {
    {"rw", 0, MS_RDONLY},     {"ro", MS_RDONLY, 0},       {"exec", 0, MS_NOEXEC}, {"noexec", MS_NOEXEC, 0},
    {"suid", 0, MS_NOSUID},   {"nosuid", MS_NOSUID, 0},   {"dev", 0, MS_NODEV},   {"nodev", MS_NODEV, 0},
    {"atime", 0, MS_NOATIME}, {"noatime", MS_NOATIME, 0},
};

// Returns the options that are flags of mount(2) and copies the others, which are for the file system, to REST.
static unsigned long take_flags(const char *options, char *rest, size_t size) {
    unsigned long flags = 0;
    size_t used = 0;
    rest[0] = '\0';
    while (*options) {
        size_t length = strcspn(options, ",");
        bool known = false;
        for (size_t i = 0; i < sizeof MOUNT_FLAGS / sizeof MOUNT_FLAGS[0] && !known; i++) {
            known = strlen(MOUNT_FLAGS[i].name) == length && strncmp(options, MOUNT_FLAGS[i].name, length) == 0;
            if (known) flags = (flags & ~MOUNT_FLAGS[i].clear) | MOUNT_FLAGS[i].set;
        }
        if (!known && length > 0 && used + length + 2 <= size) {
            if (used > 0) rest[used++] = ',';
            memcpy(rest + used, options, length);
            used += length;
            rest[used] = '\0';
        }
        options += length + (options[length] == ',');
    }
    return flags;
}

static bool mount_tmpfs(const struct tmpfs *tmpfs, struct failure *failure) {
    char options[1024];
    unsigned long flags = take_flags(tmpfs->options, options, sizeof options);
    if (!make_target(tmpfs->path, true, failure)) return false;
    return mount_one("tmpfs", tmpfs->path, "tmpfs", flags, options, failure);
}

static bool enter_share(size_t wanted, struct failure *failure) {
    if (!enter_private("virtiofs", SHARES[wanted], NULL, failure)) return false;
    share = wanted;
    if (share_fds[wanted] >= 0) return true;
    share_fds[wanted] = open(PRIVATE_MOUNT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return share_fds[wanted] >= 0 || fail(failure, "mount", "cannot open the volumes: %s", strerror(errno));
}

// Makes the share with this volume the private mount.
static bool enter_share_of(const char *name, struct failure *failure) {
    char path[PRIVATE_PATH];
    if (!private_path(name, path, failure)) return false;
    if (access(path, F_OK) == 0 || errno != ENOENT) return true;
    return leave_private(failure) && enter_share((share + 1) % SHARE_COUNT, failure);
}

static bool mount_volume(const struct volume *volume, struct failure *failure) {
    if (!enter_share_of(volume->name, failure)) return false;
    if (!make_target(volume->path, !volume->file, failure)) return false;
    return bind_private(volume->name, volume->path, volume->read_only, failure);
}

// Copies from the image itself, regardless of what will be mounted at or around the volume's mount point.
static bool fill_volumes(const struct configuration *c, struct failure *failure) {
    cleanup_close int root = rootfs_open_bare();
    if (root < 0) return fail(failure, "mount", "cannot open the root: %s", strerror(errno));
    for (size_t i = 0; i < c->volume_count; i++) {
        char source[PRIVATE_PATH];
        if (!c->volumes[i].populate) continue;
        if (!enter_share_of(c->volumes[i].name, failure)) return false;
        if (!private_path(c->volumes[i].name, source, failure)) return false;
        if (!populate(root, c->volumes[i].path, source, failure)) return false;
    }
    return true;
}

static size_t depth_of(const char *path) {
    size_t depth = 0;
    for (; *path; path++) depth += path[0] == '/' && path[1] != '/' && path[1] != '\0';
    return depth;
}

// Mounts outer mount points before nested ones, of either kind; otherwise in the given order.
static bool mount_by_depth(const struct configuration *c, struct failure *failure) {
    size_t left = c->tmpfs_count + c->volume_count;
    for (size_t depth = 0; left > 0; depth++) {
        for (size_t i = 0; i < c->tmpfs_count; i++) {
            if (depth_of(c->tmpfs[i].path) != depth) continue;
            if (!mount_tmpfs(&c->tmpfs[i], failure)) return false;
            left--;
        }
        for (size_t i = 0; i < c->volume_count; i++) {
            if (depth_of(c->volumes[i].path) != depth) continue;
            if (!mount_volume(&c->volumes[i], failure)) return false;
            left--;
        }
    }
    return true;
}

// Each request to a share causes a VM exit, so sequential reads fetch 1 MiB per request.
static bool read_far_ahead(int fd, struct failure *failure) {
    struct stat status;
    char path[sizeof PRIVATE_MOUNT + 64];
    if (fstat(fd, &status) < 0) return fail(failure, "failed", "cannot stat the volumes: %s", strerror(errno));
    (void)snprintf(path, sizeof path, "%s/class/bdi/%u:%u/read_ahead_kb", PRIVATE_MOUNT, major(status.st_dev),
                   minor(status.st_dev));
    if (write_text(AT_FDCWD, path, "1024")) return true;
    return fail(failure, "failed", "cannot set the read-ahead of the volumes: %s", strerror(errno));
}

static bool set_read_ahead(struct failure *failure) {
    // The box's own /sys is read-only.
    if (!enter_private("sysfs", "sysfs", NULL, failure)) return false;
    for (size_t i = 0; i < SHARE_COUNT; i++) {
        if (share_fds[i] >= 0 && !read_far_ahead(share_fds[i], failure)) return false;
    }
    return leave_private(failure);
}

static bool mount_requested(const struct configuration *c, struct failure *failure) {
    if (c->volume_count == 0) return mount_by_depth(c, failure);
    if (!plug_devices(failure) || !enter_share(0, failure)) return false;
    if (!fill_volumes(c, failure) || !mount_by_depth(c, failure) || !leave_private(failure)) return false;
    return set_read_ahead(failure);
}

static bool set_clock(uint64_t ns, struct failure *failure) {
    if (ns == 0) return true;
    struct timespec now = {.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
    if (clock_settime(CLOCK_REALTIME, &now) == 0) return true;
    return fail(failure, "failed", "cannot set the clock: %s", strerror(errno));
}

bool configure_machine(const struct configuration *c, struct failure *failure) {
    if (!set_clock(c->clock_ns, failure)) return false;
    for (size_t i = 0; i < c->network_count; i++) {
        if (!net_configure(&c->networks[i], failure)) return false;
    }
    // A template has one, for whatever its copies will be.
    if (c->network_count == 0 && !unplug_interface("eth0", failure)) return false;
    return resolver_start(c, failure);
}

bool configure(const struct configuration *c, struct failure *failure) {
    persistent = c->persistent;
    if (sethostname(c->hostname, strlen(c->hostname)) < 0) {
        return fail(failure, "failed", "cannot set the host name: %s", strerror(errno));
    }
    if (c->shm_bytes > 0 && !resize_shm(c->shm_bytes, failure)) return false;
    if (c->privileged && !open_sys(failure)) return false;
    if (!make_marks(failure) || !add_devices(c, failure)) return false;
    if (!mount_requested(c, failure) || !etc_place(c, failure)) return false;
    protect_links();
    for (size_t i = 0; i < c->sysctl_count; i++) {
        if (!set_sysctl(c->sysctls[i].path, c->sysctls[i].value, failure)) return false;
    }
    bool is_limited = c->pids_limit > 0 || c->cpu_limit > 0;
    if (is_limited && !cgroup_open(c->pids_limit, c->cpu_limit, failure)) return false;
    if (c->open_paths || c->privileged) leave_paths_open();
    if (!close_paths("/proc", failure) || !close_paths("/sys", failure)) return false;
    return !c->read_only || rootfs_make_read_only(failure);
}

void write_back(void) {
    for (size_t i = 0; i < SHARE_COUNT; i++) {
        if (share_fds[i] >= 0) (void)syncfs(share_fds[i]);
    }
    if (persistent) rootfs_settle();
}
