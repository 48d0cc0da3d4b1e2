#define _GNU_SOURCE
#include "place.h"

#include "../common/cleanup.h"
#include "die.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Looks up a path in the new root; links do not lead out of it. */
static int open_in(int root, const char *path) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

/* An existing link leads nowhere in the new root, but perhaps somewhere on the host, so it is not followed. */
static int make_folder(int parent, const char *name) {
    if (mkdirat(parent, name, 0755) != 0 && errno != EEXIST) die_errno("cannot create the directory %s", name);
    int made = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC | O_DIRECTORY);
    if (made < 0) die_errno("cannot open the directory %s", name);
    return made;
}

int make_place(int root, const char *path, bool folder) {
    int there = open_in(root, path);
    if (there >= 0) return there;
    cleanup_free char *parent = strdup(path);
    if (parent == NULL) die_errno("no memory");
    char *slash = strrchr(parent, '/');
    const char *name = path + (slash - parent) + 1;
    if (strcmp(name, "..") == 0) die("cannot create a mount point for %s: its path is not normalized", path);
    *slash = '\0';
    cleanup_close int inside = slash == parent ? open_in(root, "/") : make_place(root, parent, true);
    if (inside < 0) die_errno("cannot open the new root");
    int made = folder ? make_folder(inside, name) : openat(inside, name, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0644);
    if (made < 0) die_errno("cannot create a mount point for %s", path);
    return made;
}
