#include "own_targets.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own_files.h"
#include "rootfs.h"
#include "targets.h"

static bool is_missing(const char *path) { return access(path, F_OK) < 0; }

bool make_own_file(const char *path, struct failure *failure) {
    bool missing = is_missing(path);
    if (!make_target(path, false, failure)) return false;
    add_own_file(rootfs_open_target(path, missing));
    return true;
}

bool make_own_folder(const char *path, struct failure *failure) {
    struct stat image;
    if (!make_target(path, true, failure)) return false;
    if (rootfs_image_status(path, &image)) return true;
    add_own_folder(rootfs_open_target(path, false), NULL);
    return true;
}

static bool make_mtab(struct failure *failure) {
    struct stat status;
    if (!make_own_folder("/etc", failure)) return false;
    if (lstat("/etc/mtab", &status) < 0 && errno == ENOENT) {
        struct stat etc;
        bool known = stat("/etc", &etc) == 0;
        if (symlink("/proc/mounts", "/etc/mtab") < 0) {
            return fail(failure, "failed", "cannot create /etc/mtab: %s", strerror(errno));
        }
        if (known) restore_time("/etc", &etc);
    }
    if (!rootfs_image_status("/etc/mtab", &status)) add_own_file(rootfs_open_target("/etc/mtab", false));
    return true;
}

// As in Docker, anything else with this name stays.
static bool make_dockerenv(struct failure *failure) {
    static const char path[] = "/.dockerenv";
    struct stat status;
    bool missing = lstat(path, &status) < 0 && errno == ENOENT;
    if (missing && !make_target(path, false, failure)) return false;
    if (!rootfs_image_status(path, &status)) add_own_file(rootfs_open_target(path, missing));
    return true;
}

bool make_marks(struct failure *failure) { return make_mtab(failure) && make_dockerenv(failure); }

void note_etc(void) {
    struct stat image;
    if (rootfs_image_status("/etc", &image)) add_own_folder(rootfs_open_target("/etc", false), &image);
}
