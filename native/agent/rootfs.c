#include "rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "system_mounts.h"

// As in Docker's overlay2, the layer is self-contained, so that it can be compared and exported.
#define SELF_CONTAINED ",index=off,redirect_dir=off,metacopy=off"
static const char OVERLAY_OPTIONS[] = "lowerdir=/image,upperdir=/upper/root,workdir=/upper/work" SELF_CONTAINED;
// For a layer on a read-only disk: writes stay in memory.
static const char VISIT_OPTIONS[] =
    "lowerdir=/kept/root:/image,upperdir=/upper/root,workdir=/upper/work" SELF_CONTAINED;

// A thread that reads all bitmaps in advance would delay the start, and most boxes need only a few of them.
static const char LAYER_OPTIONS[] = "discard,no_prefetch_block_bitmaps";

enum { EROFS_SUPERBLOCK = 1024 };

// Directory of the layer with the box's changes, which remains accessible when its mount no longer is.
static int upper_fd = -1;
// The image's root, which no longer has a path once the box's root has been entered.
static int image_fd = -1;
// The layer is on a read-only disk.
static bool layer_is_kept;
// It was mounted before the image was there.
static bool layer_is_prepared;
// Changes are made in memory, over the layer's disk.
static bool layer_is_protected;
static char image_disk[32] = "/dev/vdb";
// This is the agent of the sidecar.
static bool is_sidecar;

static bool cannot_prepare(struct failure *failure) {
    return fail(failure, "mount", "cannot prepare the writable layer: %s", strerror(errno));
}

enum { ROOT_MODE = 0755 };

// Creates overlayfs's directories.
static bool make_folders(bool *are_new, struct failure *failure) {
    if (mkdir("/upper/work", 0700) < 0 && errno != EEXIST) return cannot_prepare(failure);
    *are_new = mkdir("/upper/root", ROOT_MODE) == 0;
    return *are_new || errno == EEXIST || cannot_prepare(failure);
}

// The root has the upper directory's owner and mode, so a new one gets those of BELOW.
static bool resemble(const char *below, struct failure *failure) {
    struct stat status;
    if (stat(below, &status) < 0) return cannot_prepare(failure);
    bool owned = (status.st_uid == 0 && status.st_gid == 0) || chown("/upper/root", status.st_uid, status.st_gid) == 0;
    mode_t mode = status.st_mode & 07777;
    return (owned && (mode == ROOT_MODE || chmod("/upper/root", mode) == 0)) || cannot_prepare(failure);
}

static bool prepare_upper(const char *below, struct failure *failure) {
    bool are_new = layer_is_prepared;
    if (!are_new && !make_folders(&are_new, failure)) return false;
    return !are_new || resemble(below, failure);
}

// pivot_root(".", ".") needs no directory for the old root: it is mounted on top of the new one and then unmounted.
bool rootfs_change(const char *folder, struct failure *failure) {
    if (chdir(folder) < 0 || syscall(SYS_pivot_root, ".", ".") < 0) {
        return fail(failure, "mount", "cannot change the root: %s", strerror(errno));
    }
    if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0) {
        return fail(failure, "mount", "cannot unmount the old root: %s", strerror(errno));
    }
    return true;
}

// The host writes the superblock last. Once the disk is closed, the kernel forgets what it has read from it.
bool rootfs_has_image(void) {
    static const uint8_t magic[] = {0xe2, 0xe1, 0xf5, 0xe0};
    uint8_t found[sizeof magic] = {0};
    cleanup_close int disk = open("/dev/vdb", O_RDONLY | O_CLOEXEC);
    if (disk < 0) return false;
    ssize_t length = pread(disk, found, sizeof found, EROFS_SUPERBLOCK);
    return length == sizeof found && memcmp(found, magic, sizeof magic) == 0;
}

static bool open_layer(const char *path, struct failure *failure) {
    upper_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return upper_fd >= 0 || fail(failure, "mount", "cannot open the writable layer: %s", strerror(errno));
}

// A read-only disk holds the layer of an earlier run, or one that was never used.
static bool mount_kept(struct failure *failure) {
    if (!mount_one("/dev/vdc", "/kept", "ext4", MS_RDONLY | MS_NOATIME, NULL, failure) ||
        !mount_one("tmpfs", "/upper", "tmpfs", MS_NOATIME, "mode=755", failure)) {
        return false;
    }
    layer_is_kept = access("/kept/root", F_OK) == 0;
    if (!prepare_upper(layer_is_kept ? "/kept/root" : "/image", failure) ||
        !open_layer(layer_is_kept ? "/kept" : "/upper", failure)) {
        return false;
    }
    return mount_one("overlay", "/root", "overlay", 0, layer_is_kept ? VISIT_OPTIONS : OVERLAY_OPTIONS, failure);
}

static bool mount_layer(void) {
    const char *target = is_sidecar ? "/kept" : "/upper";
    if (mount("/dev/vdc", target, "ext4", MS_NOATIME, LAYER_OPTIONS) < 0) return false;
    if (!is_sidecar) return true;
    if (mkdir("/kept/sidecar", 0700) < 0 && errno != EEXIST) return false;
    return mount("/kept/sidecar", "/upper", NULL, MS_BIND, NULL) == 0;
}

bool rootfs_prepare_layer(struct failure *failure) {
    bool are_new = false;
    // Templates without a layer have an empty disk, and a box's may be read-only.
    if (layer_is_prepared || !mount_layer()) return true;
    if (!make_folders(&are_new, failure)) return false;
    sync();
    layer_is_prepared = are_new;
    return are_new || umount2("/upper", 0) == 0 || cannot_prepare(failure);
}

void rootfs_protect_layer(void) {
    layer_is_protected = true;
    layer_is_prepared = false;
}

bool rootfs_replace_disk(struct failure *failure) {
    static const char *const folders[] = {"/dev/dev", "/dev/sys", "/dev/image", "/dev/upper", "/dev/kept", "/dev/root"};
    if (!mount_one("tmpfs", "/dev", "tmpfs", MS_NOATIME, "mode=755", failure)) return false;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (mkdir(folders[i], 0755) == 0) continue;
        return fail(failure, "mount", "cannot create %s: %s", folders[i], strerror(errno));
    }
    return rootfs_change("/dev", failure);
}

static bool cannot_reach_image(struct failure *failure) {
    return fail(failure, "mount", "cannot reach the sidecar's image: %s", strerror(errno));
}

// A partition would not do: it can't be mounted while the whole disk is. The device lasts as long as it is open or
// mounted.
bool rootfs_use_sidecar(uint64_t offset, struct failure *failure) {
    static int device = -1;
    cleanup_close int loops = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    cleanup_close int disk = open("/dev/vdb", O_RDONLY | O_CLOEXEC);
    long number = loops < 0 || disk < 0 ? -1 : syscall(SYS_ioctl, loops, LOOP_CTL_GET_FREE, 0);
    if (number < 0) return cannot_reach_image(failure);
    (void)snprintf(image_disk, sizeof image_disk, "/dev/loop%ld", number);
    device = open(image_disk, O_RDONLY | O_CLOEXEC);
    const struct loop_config config = {
        .fd = (uint32_t)disk,
        .info = {.lo_offset = offset, .lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO},
    };
    is_sidecar = true;
    return (device >= 0 && syscall(SYS_ioctl, device, LOOP_CONFIGURE, &config) == 0) || cannot_reach_image(failure);
}

bool rootfs_enter(struct failure *failure) {
    if (mount(image_disk, "/image", "erofs", MS_RDONLY | MS_NOATIME, NULL) < 0) {
        return errno == EINVAL
                   ? fail(failure, "mount", "the image disk does not contain an image")
                   : fail(failure, "mount", "cannot mount %s (erofs) at /image: %s", image_disk, strerror(errno));
    }
    image_fd = open("/image", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (image_fd < 0) return fail(failure, "mount", "cannot open the image: %s", strerror(errno));
    if (layer_is_prepared || mount_layer()) {
        if (layer_is_protected && !mount_one("tmpfs", "/upper", "tmpfs", MS_NOATIME, "mode=755", failure)) return false;
        if (!prepare_upper("/image", failure) || !open_layer("/upper", failure) ||
            !mount_one("overlay", "/root", "overlay", 0, OVERLAY_OPTIONS, failure)) {
            return false;
        }
    } else if (errno != EACCES && errno != EROFS) {
        return fail(failure, "mount", "cannot mount /dev/vdc (ext4) at /upper: %s", strerror(errno));
    } else if (!mount_kept(failure)) {
        return false;
    }
    return rootfs_change(BUILDING_SITE, failure);
}

static bool remount(unsigned long flags, struct failure *failure) {
    if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | flags, NULL) == 0) return true;
    return fail(failure, "mount", "cannot change the mount of the root: %s", strerror(errno));
}

bool rootfs_make_read_only(struct failure *failure) { return remount(MS_RDONLY, failure); }

bool rootfs_make_writable(struct failure *failure) { return remount(0, failure); }

int rootfs_open_target(const char *path, bool made) {
    cleanup_close int changes = rootfs_open_changes();
    int fd = changes < 0 ? -1 : openat(changes, path + 1, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    // A link in the image may lead elsewhere in the layer.
    return fd >= 0 || !made || layer_is_kept ? fd : open(path, O_PATH | O_CLOEXEC);
}

bool rootfs_image_status(const char *path, struct stat *status) {
    return fstatat(image_fd, path + 1, status, AT_SYMLINK_NOFOLLOW) == 0;
}

int rootfs_open_changes(void) { return openat(upper_fd, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

int rootfs_open_bare(void) { return (int)syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC); }

// syscall(2), because C libraries differ in the type of ioctl()'s request.
bool rootfs_freeze(int changes) { return syscall(SYS_ioctl, changes, FIFREEZE, 0) == 0; }

void rootfs_thaw(void) { (void)syscall(SYS_ioctl, upper_fd, FITHAW, 0); }

// Makes the whole file system read-only through a descriptor, because mount(2) would need a path to it.
static void settle(int folder) {
    cleanup_close int fs = (int)syscall(SYS_fspick, folder, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC);
    if (fs < 0) return;
    if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, "ro", NULL, 0) == 0) {
        (void)syscall(SYS_fsconfig, fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
    }
}

void rootfs_settle(void) {
    sync();
    cleanup_close int root = open("/", O_PATH | O_CLOEXEC);
    if (root >= 0) settle(root);
    if (upper_fd >= 0) settle(upper_fd);
}
