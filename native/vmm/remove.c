#define _GNU_SOURCE
#include "verbs.h"

#include "die.h"
#include "ids.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Folders that are held open at once; what lies deeper is moved up first. */
enum { DEEPEST = 100 };

struct removal {
    int top;
    unsigned moved;
};

static bool remove_entry(struct removal *removal, int folder, const char *name, unsigned depth);

/* Moves a folder up to the top, where it is met again. A name that is taken there is that of one moved before. */
static bool move_up(struct removal *removal, int folder, const char *name) {
    char place[32];
    for (;;) {
        snprintf(place, sizeof place, ".moved-%u", removal->moved++);
        if (renameat2(folder, name, removal->top, place, RENAME_NOREPLACE) == 0) return true;
        if (errno != EEXIST) return false;
    }
}

/* Whether all that was met in one reading of a folder is gone; COUNT gets how much that was. */
static bool empty_once(struct removal *removal, DIR *entries, unsigned depth, size_t *count) {
    *count = 0;
    rewinddir(entries);
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(entries);
        if (entry == NULL) return errno == 0;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (!remove_entry(removal, dirfd(entries), entry->d_name, depth + 1)) return false;
        (*count)++;
    }
}

/* Each folder is opened below the one before it: one that becomes a link does not lead out. */
static bool empty_folder(struct removal *removal, int folder, const char *name, unsigned depth) {
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return false;
    DIR *entries = fdopendir(fd);
    if (entries == NULL) {
        close(fd);
        return false;
    }
    if (depth == 0) removal->top = fd;
    bool gone = true;
    /* What moves up, or comes meanwhile, may be behind the place that the reading has come to. */
    for (size_t count = 1; gone && count > 0;) gone = empty_once(removal, entries, depth, &count);
    int error = errno;
    closedir(entries);
    errno = error;
    return gone;
}

static bool remove_entry(struct removal *removal, int folder, const char *name, unsigned depth) {
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT) return true;
    /* Linux's for a folder, and POSIX's. */
    if (errno != EISDIR && errno != EPERM) return false;
    int error = errno;
    if (unlinkat(folder, name, AT_REMOVEDIR) == 0) return true;
    /* A file that must not be removed, then. */
    if (errno == ENOTDIR) errno = error;
    if (errno != ENOTEMPTY && errno != EEXIST) return false;
    if (depth >= DEEPEST) return move_up(removal, folder, name);
    return empty_folder(removal, folder, name, depth) && unlinkat(folder, name, AT_REMOVEDIR) == 0;
}

int remove_tree(const char *path) {
    struct removal removal = {.top = -1};
    char *copy = strdup(path);
    if (copy == NULL) die_errno("cannot copy a path");
    char *slash = strrchr(copy, '/');
    if (copy[0] != '/' || slash[1] == '\0' || strcmp(slash, "/..") == 0 || strcmp(slash, "/.") == 0) {
        die("remove takes the absolute path of a folder: %s", path);
    }
    *slash = '\0';
    int parent = open(slash == copy ? "/" : copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0) die_errno("cannot open %s", copy);
    if (geteuid() != 0) enter_user_namespace(IDS_SUBORDINATE);
    if (!remove_entry(&removal, parent, slash + 1, 0)) die_errno("cannot remove %s", path);
    close(parent);
    free(copy);
    return 0;
}
