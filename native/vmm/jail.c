#define _GNU_SOURCE
#include "jail.h"

#include "die.h"
#include "ids.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* <sys/mount.h> of older C libraries has not all of these, and cannot be included beside <linux/mount.h>. */
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
#ifndef MS_REC
#define MS_REC 16384
#define MS_PRIVATE (1 << 18)
#define MS_SLAVE (1 << 19)
#define MS_NOSUID 2
#define MS_NODEV 4
#define MS_NOEXEC 8
#endif

void die_with(pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) die_errno("cannot tie this process to its parent");
    if (getppid() != parent) _exit(EXIT_HELPER);
}

static int set_attributes(int fd, unsigned flags, struct mount_attr *attributes) {
    return (int)syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | flags, attributes, sizeof *attributes);
}

/*
 * A copy of the mounts at SOURCE and below, attached nowhere yet. Private, so that what the host mounts below SOURCE
 * later does not appear in a read-only volume, where it would be writable.
 */
static int copy_tree(const struct volume *volume) {
    int fd = (int)syscall(SYS_open_tree, AT_FDCWD, volume->source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (fd < 0) die_errno("cannot use the volume %s", volume->source);
    struct mount_attr attributes = {
        .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (volume->read_only ? MOUNT_ATTR_RDONLY : 0),
        .propagation = MS_PRIVATE,
    };
    if (set_attributes(fd, AT_RECURSIVE, &attributes) != 0) die_errno("cannot restrict the volume %s", volume->source);
    return fd;
}

static void make_place(int share, const struct volume *volume, int tree) {
    struct stat status;
    if (fstat(tree, &status) != 0) die_errno("cannot use the volume %s", volume->source);
    if (S_ISDIR(status.st_mode)) {
        if (mkdirat(share, volume->name, 0755) != 0) die_errno("cannot make the volume %s", volume->name);
        return;
    }
    int place = openat(share, volume->name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    if (place < 0) die_errno("cannot make the volume %s", volume->name);
    close(place);
}

/* The volumes' mounts are copied before the share covers anything. */
static void build_share(const struct volume *volumes, size_t count) {
    int *trees = calloc(count, sizeof *trees);
    if (trees == NULL) die_errno("no memory");
    for (size_t i = 0; i < count; i++) trees[i] = copy_tree(&volumes[i]);
    if (mount("box", SHARE_PATH, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755,size=4m") != 0) {
        die_errno("cannot mount the volumes' folder");
    }
    int share = open(SHARE_PATH, O_DIRECTORY | O_PATH | O_CLOEXEC);
    if (share < 0) die_errno("cannot open the volumes' folder");
    for (size_t i = 0; i < count; i++) {
        make_place(share, &volumes[i], trees[i]);
        if (syscall(SYS_move_mount, trees[i], "", share, volumes[i].name, MOVE_MOUNT_F_EMPTY_PATH) != 0) {
            die_errno("cannot mount the volume %s", volumes[i].source);
        }
        close(trees[i]);
    }
    /* The guest could otherwise fill this tmpfs, which is the host's memory. */
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    if (set_attributes(share, 0, &attributes) != 0) die_errno("cannot restrict the volumes' folder");
    close(share);
    free(trees);
}

void enter_share(const struct volume *volumes, size_t count) {
    if (unshare(CLONE_NEWNS) != 0) {
        if (errno != EPERM) die_errno("cannot make a mount namespace");
        enter_user_namespace(CLONE_NEWNS);
    }
    /* What the host unmounts goes here too, instead of being kept busy; nothing goes the other way. */
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) die_errno("cannot part from the host's mounts");
    build_share(volumes, count);
}

void refuse_new_privileges(void) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) die_errno("cannot give up new privileges");
}

/* What a server of files needs to act for any user of the guest, and to listen on low ports when it is root. */
static const unsigned kept[] = {CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID,
                                CAP_SETGID, CAP_SETUID,       CAP_SETFCAP, CAP_NET_BIND_SERVICE};

void drop_privileges(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}, {0}};
    if (syscall(SYS_capget, &header, data) != 0) die_errno("cannot read the capabilities");
    unsigned keep[2] = {0, 0};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) keep[kept[i] / 32] |= 1U << kept[i] % 32;
    for (size_t i = 0; i < 2; i++) {
        data[i].permitted &= keep[i];
        data[i].effective = data[i].permitted;
        data[i].inheritable = 0;
    }
    if (syscall(SYS_capset, &header, data) != 0) die_errno("cannot drop capabilities");
    refuse_new_privileges();
}

void raise_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) die_errno("cannot read the limit of open files");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) die_errno("cannot raise the limit of open files");
}
