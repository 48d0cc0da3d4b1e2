#include "rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "system_mounts.h"

// As Docker's overlay2: a layer that says all by itself, so that it can be compared and exported.
static const char OVERLAY_OPTIONS[] =
    "lowerdir=/image,upperdir=/upper/root,workdir=/upper/work,index=off,redirect_dir=off,metacopy=off";

enum { EROFS_SUPERBLOCK = 1024 };

// The writable layer's own folder: it stays reachable when its mount is out of sight.
static int upper_fd = -1;

static int cannot_prepare(struct failure *failure) {
    return fail(failure, "mount", "cannot prepare the writable layer: %s", strerror(errno));
}

// The folders of overlayfs. The root shows the upper one's owner and mode: in a new layer they are the image's.
static int prepare_upper(struct failure *failure) {
    struct stat image;
    if (mkdir("/upper/work", 0700) < 0 && errno != EEXIST) return cannot_prepare(failure);
    if (mkdir("/upper/root", 0755) < 0) return errno == EEXIST ? 0 : cannot_prepare(failure);
    if (stat("/image", &image) < 0 || chown("/upper/root", image.st_uid, image.st_gid) < 0 ||
        chmod("/upper/root", image.st_mode & 07777) < 0) {
        return cannot_prepare(failure);
    }
    return 0;
}

// The process's root and the old one change places without a folder for the old one; it lies on top then.
static int change_root(struct failure *failure) {
    if (chdir("/root") < 0 || syscall(SYS_pivot_root, ".", ".") < 0) {
        return fail(failure, "mount", "cannot change the root: %s", strerror(errno));
    }
    if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0) {
        return fail(failure, "mount", "cannot let go of the boot disk: %s", strerror(errno));
    }
    return 0;
}

// What has been read of a disk is kept, and what the host writes to it later would not be seen.
static void forget(int disk) { (void)syscall(SYS_ioctl, disk, BLKFLSBUF, 0); }

// The host writes the superblock last of all.
bool rootfs_has_image(void) {
    static const uint8_t magic[] = {0xe2, 0xe1, 0xf5, 0xe0};
    uint8_t found[sizeof magic] = {0};
    int disk = open("/dev/vdb", O_RDONLY | O_CLOEXEC);
    if (disk < 0) return false;
    forget(disk);
    ssize_t length = pread(disk, found, sizeof found, EROFS_SUPERBLOCK);
    forget(disk);
    (void)close(disk);
    return length == sizeof found && memcmp(found, magic, sizeof magic) == 0;
}

int rootfs_enter(struct failure *failure) {
    if (mount_one("/dev/vdb", "/image", "erofs", MS_RDONLY | MS_NOATIME, NULL, failure) < 0 ||
        mount_one("/dev/vdc", "/upper", "ext4", MS_NOATIME, "discard", failure) < 0 ||
        prepare_upper(failure) < 0 ||
        mount_one("overlay", "/root", "overlay", 0, OVERLAY_OPTIONS, failure) < 0) {
        return -1;
    }
    upper_fd = open("/upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (upper_fd < 0) return fail(failure, "mount", "cannot open the writable layer: %s", strerror(errno));
    return change_root(failure);
}

static int remount(unsigned long flags, struct failure *failure) {
    if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | flags, NULL) == 0) return 0;
    return fail(failure, "mount", "cannot change the mount of the root: %s", strerror(errno));
}

int rootfs_make_read_only(struct failure *failure) { return remount(MS_RDONLY, failure); }

int rootfs_make_writable(struct failure *failure) { return remount(0, failure); }

int rootfs_open_changes(void) { return openat(upper_fd, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

// C libraries differ in the type of ioctl()'s request.
int rootfs_freeze(int changes) { return (int)syscall(SYS_ioctl, changes, FIFREEZE, 0); }

void rootfs_thaw(void) { (void)syscall(SYS_ioctl, upper_fd, FITHAW, 0); }

// Makes the whole file system read-only, through a descriptor: mount(2) wants a path that is in sight.
static void settle(int folder) {
    int fs = (int)syscall(SYS_fspick, folder, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC);
    if (fs < 0) return;
    if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, "ro", NULL, 0) == 0) {
        (void)syscall(SYS_fsconfig, fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
    }
    (void)close(fs);
}

void rootfs_settle(void) {
    sync();
    int root = open("/", O_PATH | O_CLOEXEC);
    if (root >= 0) settle(root);
    if (upper_fd >= 0) settle(upper_fd);
}
