/* Landlock (landlock(7)), which works even if a process has to stay in the host's root. */
#define _GNU_SOURCE
#include "landlock.h"

#include "../common/cleanup.h"
#include "../common/landlock.h"
#include "layers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE)
#define OF_FILES                                                                                                   \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE | ACCESS_TRUNCATE | \
     ACCESS_IOCTL_DEV)

static bool allow_open(int ruleset, int fd, uint64_t rights) {
    struct stat status;
    struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
    if (fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode)) rule.allowed_access &= OF_FILES;
    return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

static bool allow(int ruleset, const char *path, uint64_t rights) {
    cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);
    return fd >= 0 && allow_open(ruleset, fd, rights);
}

static uint64_t rights_for(enum use use) {
    switch (use) {
    case USE_READ:
        return READ;
    case USE_WRITE:
        return LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE;
    case USE_OWN_DEVICE:
    case USE_DEVICE:
        return LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_IOCTL_DEV;
    }
    return 0;
}

static const char *add_rules(int ruleset, const struct view *view, const struct shares *shares, uint64_t all) {
    uint64_t of_shares = all & (shares->read_only ? READ : ~ACCESS_IOCTL_DEV);
    for (size_t i = 0; i < view->count; i++) {
        const struct sight *sight = &view->sights[i];
        if (!allow(ruleset, sight->path, rights_for(sight->use) & all)) return sight->path;
    }
    if (!allow(ruleset, "/proc/self", READ & all)) return "/proc/self";
    for (size_t i = 0; i < shares->count; i++) {
        if (!allow_open(ruleset, shares->fds[i], of_shares)) return "the volumes";
    }
    return NULL;
}

void restrict_files(const struct view *view, const struct shares *shares) {
    long version = landlock_version();
    if (version < 1) {
        layer_fails(LAYER_LANDLOCK, "not supported by this kernel: %s", strerror(errno));
        return;
    }
    /* The first version cannot allow renames from one directory to another. */
    if (version < 2 && shares->count > 0) {
        layer_fails(LAYER_LANDLOCK, "this kernel's version cannot be used with volumes");
        return;
    }
    const struct ruleset wanted = rules_of_files(version);
    cleanup_close int ruleset = make_ruleset(version, &wanted);
    if (ruleset < 0) {
        layer_fails(LAYER_LANDLOCK, "cannot create a ruleset: %s", strerror(errno));
        return;
    }
    const char *failed = add_rules(ruleset, view, shares, wanted.files);
    if (failed != NULL) {
        layer_fails(LAYER_LANDLOCK, "cannot allow %s: %s", failed, strerror(errno));
    } else if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
        layer_fails(LAYER_LANDLOCK, "cannot be enforced: %s", strerror(errno));
    } else {
        layer_holds(LAYER_LANDLOCK);
    }
}
