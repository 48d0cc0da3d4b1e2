#define _GNU_SOURCE
#include "root.h"

#include "../common/cleanup.h"
#include "device.h"
#include "die.h"
#include "mounts.h"
#include "place.h"
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A directory that exists on every Linux and contains nothing that is needed here; the new root is built on it. */
#define BUILDING_SITE "/proc/fs"
/* Mount point of the file system with the device node (device.h). */
#define OWN_DEVICES "/devices"
#define COVERED (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

static bool is_folder(int fd, const char *path) {
    struct stat status;
    if (fstat(fd, &status) != 0) die_errno("cannot stat %s", path);
    return S_ISDIR(status.st_mode);
}

/* Closes the copy. */
static void attach(int root, int copy, const char *path) {
    cleanup_close int mounts = copy;
    cleanup_close int place = make_place(root, path, is_folder(mounts, path));
    if (!attach_mounts(mounts, place)) die_errno("cannot mount %s", path);
}

static void attach_own_device(int root, int device, const char *path) {
    char folder[PATH_MAX];
    char target[sizeof OWN_DEVICES + NAME_MAX + 1];
    const char *name = strrchr(path, '/') + 1;
    snprintf(folder, sizeof folder, "%.*s", (int)(name - path - 1), path);
    snprintf(target, sizeof target, "%s/%s", OWN_DEVICES, name);
    attach(root, device, OWN_DEVICES);
    cleanup_close int parent = make_place(root, folder, true);
    if (symlinkat(target, parent, name) != 0) die_errno("cannot create the link %s", path);
}

static int copy_sight(const struct sight *sight) {
    if (sight->use == USE_OWN_DEVICE) return own_device_mount();
    uint64_t attributes = sight->use == USE_DEVICE ? MOUNT_ATTR_NOSUID : COVERED;
    int copy = copy_mounts(sight->path);
    if (copy < 0) die_errno("cannot use %s", sight->path);
    if (sight->use == USE_READ) attributes |= MOUNT_ATTR_RDONLY;
    if (!restrict_mounts(copy, attributes)) die_errno("cannot restrict %s", sight->path);
    return copy;
}

static int copy_volume(const struct volume *volume) {
    cleanup_close int source = open_source(volume->source);
    int copy = copy_open(source);
    if (copy < 0) die_errno("cannot use the volume %s", volume->source);
    uint64_t attributes = COVERED | (volume->read_only ? MOUNT_ATTR_RDONLY : 0);
    if (!restrict_mounts(copy, attributes)) die_errno("cannot restrict the volume %s", volume->source);
    return copy;
}

/* /bin and similar directories are links on many systems. */
static bool attach_link(int root, const char *path) {
    char target[256];
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0 || strchr(path + 1, '/') != NULL) return false;
    target[length] = '\0';
    if (symlinkat(target, root, path + 1) != 0 && errno != EEXIST) die_errno("cannot create the link %s", path);
    return true;
}

/* Directories first, because a file may be in one of them. */
static void attach_view(int root, const struct view *view, int *copies) {
    for (int folders = 1; folders >= 0; folders--) {
        for (size_t i = 0; i < view->count; i++) {
            const char *path = view->sights[i].path;
            if (view->sights[i].use == USE_OWN_DEVICE) {
                if (folders == 0) attach_own_device(root, copies[i], path);
                continue;
            }
            if (copies[i] < 0 || is_folder(copies[i], path) != (folders == 1)) continue;
            if (folders == 0 || !attach_link(root, path)) attach(root, copies[i], path);
            copies[i] = -1;
        }
    }
}

static void attach_share(int root, const struct volume *volumes, const int *copies, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char path[sizeof SHARE_PATH + NAME_MAX + 1];
        snprintf(path, sizeof path, "%s/%s", SHARE_PATH, volumes[i].name);
        attach(root, copies[i], path);
    }
}

static int mount_building_site(void) {
    if (mount("box", BUILDING_SITE, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755,size=4m") != 0) {
        die_errno("cannot mount a root");
    }
    int root = open(BUILDING_SITE, O_DIRECTORY | O_PATH | O_CLOEXEC);
    if (root < 0) die_errno("cannot open the new root");
    return root;
}

/* Builds a detached root that contains only the share. */
static int build_share(const struct volume *volumes, const int *copies, size_t count) {
    cleanup_close int root = mount_building_site();
    attach_share(root, volumes, copies, count);
    if (!restrict_mount(root, MOUNT_ATTR_RDONLY)) die_errno("cannot restrict the root of the volumes");
    int share = copy_open(root);
    if (share < 0) die_errno("cannot separate the volumes from the other mounts");
    if (umount2(BUILDING_SITE, MNT_DETACH) != 0) die_errno("cannot unmount the root of the volumes");
    return share;
}

static void attach_own(int root, const char *path) {
    int copy = copy_mounts(path);
    if (copy < 0 || !restrict_mounts(copy, COVERED | MOUNT_ATTR_RDONLY)) die_errno("cannot use %s", path);
    attach(root, copy, path);
}

/*
 * Provides only this process's descriptors and status in /proc: no other process, no memory, no kernel settings. They are
 * mounted from the host's /proc, which works with and without a PID namespace, and in containers that hide parts of /proc.
 */
static void attach_self(int root, const char *program) {
    attach_own(root, "/proc/self/fd");
    attach_own(root, "/proc/self/status");
    if (program != NULL) {
        cleanup_close int self = make_place(root, "/proc/self", true);
        attach_own(root, "/proc/self/mountinfo");
        /* QEMU looks for its files relative to this. */
        if (symlinkat(program, self, "exe") != 0) die_errno("cannot create /proc/self/exe");
        /* virtiofsd opens it, but needs its contents only for SELinux labels. */
        close(make_place(root, "/proc/self/task", true));
    }
    cleanup_close int dev = make_place(root, "/dev", true);
    if (symlinkat("/proc/self/fd", dev, "fd") != 0) die_errno("cannot create /dev/fd");
}

static int *copy_all(const struct view *view, const struct volume *volumes, size_t count) {
    int *copies = calloc(view->count + count + 1, sizeof *copies);
    if (copies == NULL) die_errno("no memory");
    for (size_t i = 0; i < view->count; i++) copies[i] = copy_sight(&view->sights[i]);
    for (size_t i = 0; i < count; i++) copies[view->count + i] = copy_volume(&volumes[i]);
    return copies;
}

int enter_root(const struct view *view, const struct volume *volumes, size_t count, bool apart) {
    if (unshare(CLONE_NEWNS) != 0) die_errno("cannot create a mount namespace");
    /* Unmounts of the host propagate here, so that nothing is kept busy; nothing propagates back. */
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) die_errno("cannot separate from the host's mounts");
    cleanup_free int *copies = copy_all(view, volumes, count);
    int share = apart ? build_share(volumes, copies + view->count, count) : -1;
    cleanup_close int root = mount_building_site();
    attach_view(root, view, copies);
    if (!apart) attach_share(root, volumes, copies + view->count, count);
    attach_self(root, view->program);
    /* Otherwise a guest could fill this tmpfs, that is, the host's memory. */
    if (!restrict_mount(root, MOUNT_ATTR_RDONLY)) die_errno("cannot restrict the new root");
    /* The old root is stacked on top of the new one, and then unmounted. */
    if (fchdir(root) != 0 || syscall(SYS_pivot_root, ".", ".") != 0) die_errno("cannot change the root");
    if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) die_errno("cannot leave the host's root");
    return share;
}
