#define _GNU_SOURCE
#include "verbs.h"

#include "../common/cleanup.h"
#include "../common/io.h"
#include "die.h"
#include "user-namespace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Maximum number of open directories; deeper ones are moved up first. */
enum { MAX_DEPTH = 32 };

struct removal {
    int top;
    unsigned moved;
    /* The first entry that could not be removed, and why; empty if all were removed. */
    char failed[PATH_MAX];
    const char *why;
};

static bool remove_entry(struct removal *removal, int folder, const char *name, unsigned depth);

/* Moves a directory to the top level, where it is found again. If its name exists there, that was moved earlier too. */
static bool move_up(struct removal *removal, int folder, const char *name) {
    char place[32];
    for (;;) {
        snprintf(place, sizeof place, ".moved-%u", removal->moved++);
        if (renameat2(folder, name, removal->top, place, RENAME_NOREPLACE) == 0) return true;
        if (errno != EEXIST) return false;
    }
}

/* Empties a directory in one pass. Returns whether all entries found are gone; COUNT receives their number. */
static bool empty_once(struct removal *removal, DIR *entries, unsigned depth, size_t *count) {
    *count = 0;
    rewinddir(entries);
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(entries);
        if (entry == NULL) return errno == 0;
        if (is_dots(entry->d_name)) continue;
        if (!remove_entry(removal, dirfd(entries), entry->d_name, depth + 1)) return false;
        (*count)++;
    }
}

/* Opens a directory below FOLDER without following links or entering mounts. */
static int open_within(int folder, const char *name) {
    struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
    };
    return (int)syscall(SYS_openat2, folder, name, &how, sizeof how);
}

/* Each directory is opened relative to its parent, so that one replaced by a link does not lead out. */
static bool empty_folder(struct removal *removal, int folder, const char *name, unsigned depth) {
    cleanup_dir DIR *entries = entries_of(open_within(folder, name));
    if (entries == NULL) return false;
    if (depth == 0) removal->top = dirfd(entries);
    /* Entries that are moved up or created in the meantime may be missed by the current pass. */
    for (size_t count = 1; count > 0;) {
        if (!empty_once(removal, entries, depth, &count)) return false;
    }
    return true;
}

static bool is_unchangeable(int folder, const char *name) {
    struct statx status;
    if (statx(folder, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, 0, &status) != 0) return false;
    return (status.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0;
}

/* Records the first failure, which is that of the innermost entry; preserves errno. */
static void note_failure(struct removal *removal, int folder, const char *name) {
    char link[32];
    int error = errno;
    if (removal->failed[0] != '\0') return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, removal->failed, sizeof removal->failed - 1);
    /* Too deep for a path. */
    if (length < 0) length = snprintf(removal->failed, sizeof removal->failed, "…");
    size_t used = (size_t)length;
    snprintf(removal->failed + used, sizeof removal->failed - used, "/%s", name);
    removal->why = strerror(error);
    if (error == EXDEV || error == EBUSY) removal->why = "a file system is mounted there";
    if ((error == EPERM || error == EACCES) && (is_unchangeable(folder, name) || is_unchangeable(folder, ""))) {
        removal->why = "it is immutable or append-only";
    }
    errno = error;
}

static bool try_remove(struct removal *removal, int folder, const char *name, unsigned depth) {
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT) return true;
    /* For a directory, Linux returns EISDIR and POSIX says EPERM. */
    if (errno != EISDIR && errno != EPERM) return false;
    int error = errno;
    if (unlinkat(folder, name, AT_REMOVEDIR) == 0) return true;
    /* So it is a file that must not be removed. */
    if (errno == ENOTDIR) errno = error;
    if (errno != ENOTEMPTY && errno != EEXIST) return false;
    if (depth >= MAX_DEPTH) return move_up(removal, folder, name);
    return empty_folder(removal, folder, name, depth) && unlinkat(folder, name, AT_REMOVEDIR) == 0;
}

static bool remove_entry(struct removal *removal, int folder, const char *name, unsigned depth) {
    if (try_remove(removal, folder, name, depth)) return true;
    note_failure(removal, folder, name);
    return false;
}

/* If the caller's own privileges do not suffice, tries in a user namespace with the caller's subordinate IDs. */
static bool remove_below(struct removal *removal, int folder, const char *name) {
    if (remove_entry(removal, folder, name, 0)) return true;
    if ((errno != EACCES && errno != EPERM) || geteuid() == 0) return false;
    char reason[REASON];
    if (!enter_user_namespace(IDS_SUBORDINATE, false, reason)) die("%s", reason);
    *removal = (struct removal){.top = -1};
    return remove_entry(removal, folder, name, 0);
}

int remove_tree(const char *path) {
    struct removal removal = {.top = -1};
    cleanup_free char *copy = strdup(path);
    if (copy == NULL) die_errno("cannot copy a path");
    char *slash = strrchr(copy, '/');
    if (copy[0] != '/' || slash[1] == '\0' || strcmp(slash, "/..") == 0 || strcmp(slash, "/.") == 0) {
        die("remove needs the absolute path of a directory: %s", path);
    }
    *slash = '\0';
    cleanup_close int parent = open(slash == copy ? "/" : copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0) die_errno("cannot open %s", copy);
    if (!remove_below(&removal, parent, slash + 1)) die("cannot remove %s: %s", removal.failed, removal.why);
    return 0;
}
