#include "etc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "../common/io.h"
#include "own_targets.h"
#include "system_mounts.h"

// `content` is open for writing; `mount` is a mount of the file, which has yet to get its place.
static struct file {
    const char *name;
    const char *path;
    int content, mount;
} files[] = {
    {"hostname", "/etc/hostname", -1, -1},
    {"hosts", "/etc/hosts", -1, -1},
    {"resolv.conf", "/etc/resolv.conf", -1, -1},
};
enum { FILES = sizeof files / sizeof files[0] };

static bool make_files(struct failure *failure) {
    for (size_t i = 0; i < FILES; i++) {
        unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
        files[i].content = open(files[i].name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        files[i].mount = (int)syscall(SYS_open_tree, AT_FDCWD, files[i].name, flags);
        if (files[i].content >= 0 && files[i].mount >= 0) continue;
        return fail(failure, "failed", "cannot create %s: %s", files[i].path, strerror(errno));
    }
    return true;
}

bool etc_prepare(const char *folder, struct failure *failure) {
    if (!mount_one("tmpfs", folder, "tmpfs", MS_NODEV, "mode=755,size=16m", failure)) return false;
    bool made = chdir(folder) == 0 && make_files(failure);
    if (chdir("/") == 0 && umount2(folder, MNT_DETACH) == 0) return made;
    return fail(failure, "mount", "cannot leave %s: %s", folder, strerror(errno));
}

static bool is_volume(const struct configuration *c, const char *path) {
    for (size_t i = 0; i < c->volume_count; i++) {
        if (strcmp(c->volumes[i].path, path) == 0) return true;
    }
    return false;
}

static bool place(const struct file *file, bool read_only, struct failure *failure) {
    if (!make_own_file(file->path, failure)) return false;
    // Unlike mount(2), this does not follow links by itself.
    unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS;
    if (syscall(SYS_move_mount, file->mount, "", AT_FDCWD, file->path, flags) < 0) {
        return fail(failure, "mount", "cannot mount at %s: %s", file->path, strerror(errno));
    }
    if (!read_only || mount(NULL, file->path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NODEV, NULL) == 0)
        return true;
    return fail(failure, "mount", "cannot make %s read-only: %s", file->path, strerror(errno));
}

bool etc_place(const struct configuration *c, struct failure *failure) {
    char hostname[80];
    int length = snprintf(hostname, sizeof hostname, "%s\n", c->hostname);
    if (length < 0 || (size_t)length >= sizeof hostname) return fail(failure, "failed", "the host name is too long");
    const struct text contents[FILES] = {{hostname, (size_t)length}, c->hosts, c->resolv_conf};
    for (size_t i = 0; i < FILES; i++) {
        cleanup_close int content = take_fd(&files[i].content);
        cleanup_close int unused = files[i].mount;
        bool is_hidden = is_volume(c, files[i].path);
        if (!is_hidden && !write_all(content, contents[i].bytes, contents[i].length)) {
            return fail(failure, "failed", "cannot write %s: %s", files[i].path, strerror(errno));
        }
        if (!is_hidden && !place(&files[i], c->read_only, failure)) return false;
        files[i].mount = -1;
    }
    note_etc();
    return true;
}
