#define _GNU_SOURCE
#include "user.h"

#include "../common/cleanup.h"
#include "device.h"
#include "die.h"
#include "layers.h"
#include "privileges.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* IDs that neither distributions nor systemd (systemd.io/UIDS-GIDS) assign. */
enum { FIRST_USER = 0x70000000, USERS = 1 << 27, READERS = FIRST_USER + USERS };

/* FNV-1a. A box has the same user at each start, so that it owns the files of earlier ones. */
static uint32_t hash(const char *text) {
    uint64_t value = 0xcbf29ce484222325U;
    for (; *text != '\0'; text++) value = (value ^ (unsigned char)*text) * 0x100000001b3U;
    return (uint32_t)(value ^ value >> 32);
}

/* Whether IDs from FIRST to LAST are mapped in this process's user namespace; in a container they may not be. */
static bool is_mapped(const char *map, unsigned long first, unsigned long last) {
    unsigned long inner = 0;
    unsigned long count = 0;
    cleanup_file FILE *lines = fopen(map, "re");
    while (lines != NULL && fscanf(lines, "%lu %*u %lu", &inner, &count) == 2) {
        if (first >= inner && last - inner < count) return true;
    }
    return false;
}

uid_t user_for(const char *name) {
    static const unsigned needed[] = {CAP_CHOWN, CAP_KILL, CAP_SETGID, CAP_SETPCAP, CAP_SETUID, CAP_SYS_ADMIN};
    if (geteuid() != 0) return 0;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (has_capability(needed[i])) continue;
        layer_spared(LAYER_OWN_USER, "root has too few capabilities here");
        return 0;
    }
    if (!is_mapped("/proc/self/uid_map", FIRST_USER, READERS) ||
        !is_mapped("/proc/self/gid_map", FIRST_USER, READERS)) {
        layer_spared(LAYER_OWN_USER, "this user namespace has too few ids");
        return 0;
    }
    return FIRST_USER + hash(name) % USERS;
}

static bool add_group(struct user *user, gid_t group) {
    for (size_t i = 0; i < user->group_count; i++) {
        if (user->groups[i] == group) return true;
    }
    if (user->group_count == sizeof user->groups / sizeof *user->groups) return false;
    user->groups[user->group_count++] = group;
    return true;
}

/*
 * Gives GROUP access to a file of root's; others get no more than before. Two processes that do so at the same time do not
 * undo each other's change.
 */
static bool open_file_to(const char *path, gid_t group, mode_t rights) {
    struct stat status;
    cleanup_close int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid()) return false;
    if (status.st_gid == group && (status.st_mode & S_IRWXG) == rights) return true;
    mode_t mode = (status.st_mode & ~(mode_t)(S_IFMT | S_IRWXG)) | rights;
    return fchmod(fd, mode) == 0 && fchown(fd, (uid_t)-1, group) == 0;
}

/* A FUSE file system may be accessible only to the user who mounted it, regardless of its files' modes. */
static bool is_of_fuse(const char *path) {
    struct statfs system;
    return statfs(path, &system) != 0 || (unsigned long)system.f_type == FUSE_SUPER_MAGIC;
}

static bool open_sight_to(struct user *user, const struct sight *sight) {
    struct stat status;
    if (stat(sight->path, &status) != 0 || is_of_fuse(sight->path)) return false;
    mode_t mode = status.st_mode;
    switch (sight->use) {
    case USE_READ:
        if (S_ISDIR(mode)) return (mode & (S_IROTH | S_IXOTH)) == (S_IROTH | S_IXOTH);
        return (mode & S_IROTH) != 0 || (open_file_to(sight->path, READERS, S_IRGRP) && add_group(user, READERS));
    case USE_WRITE:
        return open_file_to(sight->path, user->id, S_IRGRP | S_IWGRP);
    case USE_OWN_DEVICE:
        return true;
    case USE_DEVICE:
        if (has_own_device(sight->path)) return true;
        if ((mode & (S_IROTH | S_IWOTH)) == (S_IROTH | S_IWOTH)) return true;
        /* Not through root's own group, which gives access to more than a device. */
        return (mode & (S_IRGRP | S_IWGRP)) == (S_IRGRP | S_IWGRP) && status.st_gid != 0 &&
               add_group(user, status.st_gid);
    }
    return false;
}

const char *open_view_to(struct user *user, const struct view *view) {
    struct stat status;
    const char *program = view->program;
    if (program != NULL && (stat(program, &status) != 0 || (status.st_mode & S_IXOTH) == 0)) return program;
    for (size_t i = 0; i < view->count; i++) {
        if (!open_sight_to(user, &view->sights[i])) return view->sights[i].path;
    }
    return NULL;
}

void become_user(const struct user *user) {
    if (user->id == 0) return;
    if (prctl(PR_SET_KEEPCAPS, 1) != 0) die_errno("cannot keep capabilities");
    if (setgroups(user->group_count, user->groups) != 0 || setresgid(user->id, user->id, user->id) != 0 ||
        setresuid(user->id, user->id, user->id) != 0) {
        die_errno("cannot become the box's own user");
    }
    if (prctl(PR_SET_KEEPCAPS, 0) != 0) die_errno("cannot keep capabilities");
    /* Permitted capabilities are unchanged; make them effective again. */
    keep_capabilities(~(capabilities)0);
    layer_holds(LAYER_OWN_USER);
}
