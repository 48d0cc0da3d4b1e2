#include "targets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/cleanup.h"

enum { MAX_LINKS = 40 };

static bool make(const char *path, bool folder, int depth, struct failure *failure);

static bool cannot(const char *path, int error, struct failure *failure) {
    errno = error;
    return fail(failure, "mount", "cannot create the mount point %s: %s", path, strerror(error));
}

// Returns the length of the parent's path, including its trailing slash.
static size_t parent_length(const char *path) {
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') end--;
    while (end > 0 && path[end - 1] != '/') end--;
    return end;
}

// Creates the target of a dangling link.
static bool make_behind_link(const char *path, const char *link, bool folder, int depth, struct failure *failure) {
    char target[PATH_MAX];
    size_t parent = link[0] == '/' ? 0 : parent_length(path);
    if (parent + strlen(link) >= sizeof target) return cannot(path, ENAMETOOLONG, failure);
    memcpy(target, path, parent);
    memcpy(target + parent, link, strlen(link) + 1);
    return make(target, folder, depth + 1, failure);
}

void restore_time(const char *folder, const struct stat *before) {
    const struct timespec times[] = {{.tv_nsec = UTIME_OMIT}, before->st_mtim};
    (void)utimensat(AT_FDCWD, folder, times, 0);
}

static bool create(const char *path, bool folder) {
    char parent[PATH_MAX];
    struct stat before;
    size_t length = parent_length(path);
    memcpy(parent, path, length);
    memcpy(parent + length, ".", sizeof ".");
    bool known = stat(parent, &before) == 0;
    if (folder) {
        if (mkdir(path, 0755) < 0) return errno == EEXIST;
    } else {
        cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd < 0) return false;
    }
    if (known) restore_time(parent, &before);
    return true;
}

static bool make_parent(const char *path, int depth, struct failure *failure) {
    char parent[PATH_MAX];
    size_t length = parent_length(path);
    while (length > 1 && path[length - 1] == '/') length--;
    if (length == 0) return true;
    memcpy(parent, path, length);
    parent[length] = '\0';
    return make(parent, true, depth + 1, failure);
}

static bool make(const char *path, bool folder, int depth, struct failure *failure) {
    struct stat status;
    char link[PATH_MAX];
    if (strlen(path) >= PATH_MAX) return cannot(path, ENAMETOOLONG, failure);
    if (stat(path, &status) == 0) {
        if (S_ISDIR(status.st_mode) == folder) return true;
        return cannot(path, folder ? ENOTDIR : EISDIR, failure);
    }
    if (errno != ENOENT) return cannot(path, errno, failure);
    if (depth > MAX_LINKS) return cannot(path, ELOOP, failure);
    ssize_t length = readlink(path, link, sizeof link - 1);
    if (length > 0) {
        link[length] = '\0';
        return make_behind_link(path, link, folder, depth, failure);
    }
    if (!make_parent(path, depth, failure)) return false;
    return create(path, folder) || cannot(path, errno, failure);
}

bool make_target(const char *path, bool folder, struct failure *failure) { return make(path, folder, 0, failure); }
