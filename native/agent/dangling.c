#include "dangling.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LINKS = 40 };

static bool cannot(int reason) {
    errno = reason;
    return false;
}

// Resolves everything but the last component of an absolute path.
static bool resolve_parent(const char *path, char resolved[PATH_MAX]) {
    char parent[PATH_MAX];
    const char *name = strrchr(path, '/') + 1;
    size_t length = (size_t)(name - path);
    if (*name == '\0') return cannot(ENOENT);
    memcpy(parent, path, length);
    parent[length] = '\0';
    if (!realpath(parent, resolved)) return false;
    size_t end = strlen(resolved);
    if (resolved[end - 1] != '/') resolved[end++] = '/';
    if (end + strlen(name) >= PATH_MAX) return cannot(ENAMETOOLONG);
    strcpy(resolved + end, name);
    return true;
}

bool resolve_dangling(const char *path, char resolved[PATH_MAX]) {
    char next[PATH_MAX];
    char target[PATH_MAX];
    if (path[0] != '/' || strlen(path) >= sizeof next) return cannot(EINVAL);
    strcpy(next, path);
    for (int followed = 0; followed <= MAX_LINKS; followed++) {
        if (!resolve_parent(next, resolved)) return false;
        ssize_t length = readlink(resolved, target, sizeof target - 1);
        if (length < 0) return followed > 0 && errno == ENOENT;
        target[length] = '\0';
        size_t parent = target[0] == '/' ? 0 : (size_t)(strrchr(resolved, '/') + 1 - resolved);
        if (parent + (size_t)length >= sizeof next) return cannot(ENAMETOOLONG);
        memcpy(next, resolved, parent);
        strcpy(next + parent, target);
    }
    return cannot(ELOOP);
}
