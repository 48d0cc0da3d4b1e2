#include "file_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/guest-protocol.h"
#include "../common/io.h"
#include "file_failure.h"

// Each directory level takes a descriptor and about 2 KB. PASSES: over a directory in which others keep creating files.
enum { MAX_DEPTH = 16384, PASSES = 16, OPEN_FILES = MAX_DEPTH + 64 };

// A directory being emptied, and its name in its parent.
struct level {
    DIR *entries;
    int passes;
    char name[NAME_MAX + 1];
};

static struct {
    // Parent of the topmost directory.
    int folder;
    size_t count;
    size_t capacity;
    struct level *levels;
} tree;

// NAME is an entry of the deepest directory, or NULL for that directory itself.
__attribute__((noreturn)) static void give_up(const char *name, int error) {
    char place[1024] = "";
    size_t length = 0;
    for (size_t i = 1; i < tree.count + (name != NULL); i++) {
        const char *part = i < tree.count ? tree.levels[i].name : name;
        int added = snprintf(place + length, sizeof place - length, "%s%s", length > 0 ? "/" : "", part);
        if (added < 0 || (size_t)added >= sizeof place - length) break;
        length += (size_t)added;
    }
    file_give_up(length > 0 ? place : NULL, error);
}

static void grow(void) {
    if (tree.count < tree.capacity) return;
    tree.capacity = tree.capacity > 0 ? tree.capacity * 2 : 16;
    struct level *grown = realloc(tree.levels, tree.capacity * sizeof *grown);
    if (!grown) give_up(NULL, ENOMEM);
    tree.levels = grown;
}

// Returns false if it no longer exists or is no longer a directory.
static bool enter(int folder, const char *name) {
    const struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV,
    };
    if (tree.count == MAX_DEPTH) give_up(name, ENAMETOOLONG);
    int fd = (int)syscall(SYS_openat2, folder, name, &how, sizeof how);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return false;
    if (fd < 0) give_up(name, errno == EXDEV ? EBUSY : errno);
    grow();
    DIR *entries = fdopendir(fd);
    if (!entries) give_up(name, ENOMEM);
    struct level *level = &tree.levels[tree.count++];
    *level = (struct level){.entries = entries};
    (void)snprintf(level->name, sizeof level->name, "%s", name);
    return true;
}

// Removes the deepest directory, which should be empty now.
static void leave(void) {
    struct level *level = &tree.levels[tree.count - 1];
    int above = tree.count > 1 ? dirfd(tree.levels[tree.count - 2].entries) : tree.folder;
    if (unlinkat(above, level->name, AT_REMOVEDIR) < 0) {
        // Another process has created something in it.
        if ((errno == ENOTEMPTY || errno == EEXIST) && level->passes++ < PASSES) {
            rewinddir(level->entries);
            return;
        }
        // Another process has removed it, and may have replaced it.
        if (errno != ENOENT && errno != ENOTDIR) give_up(NULL, errno);
    }
    (void)closedir(level->entries);
    tree.count--;
}

void tree_remove(int folder, const char *name) {
    struct rlimit limit = {OPEN_FILES, OPEN_FILES};
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    tree.folder = folder;
    if (!enter(folder, name)) file_give_up(NULL, errno);
    while (tree.count > 0) {
        DIR *entries = tree.levels[tree.count - 1].entries;
        errno = 0;
        const struct dirent *entry = readdir(entries);
        if (!entry && errno != 0) give_up(NULL, errno);
        if (!entry) leave();
        else if (is_dots(entry->d_name)) continue;
        else if (unlinkat(dirfd(entries), entry->d_name, 0) == 0 || errno == ENOENT) continue;
        else if (errno != EISDIR) give_up(entry->d_name, errno);
        else (void)enter(dirfd(entries), entry->d_name);
    }
    free(tree.levels);
}
