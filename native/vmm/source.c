/*
 * Opens the source of a volume. Guests write to directories of the host, so a link in the path may have been placed by a
 * guest. The path was resolved when the box was created; from then on a link in it is an error.
 */
#define _GNU_SOURCE
#include "source.h"

#include "../common/cleanup.h"
#include "die.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_link(int parent, const char *name) {
    struct stat status;
    return fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

/* O_DIRECTORY, because only that triggers automounts. */
static int open_entry(int parent, const char *name) {
    const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    int entry = openat(parent, name, flags | O_DIRECTORY);
    return entry >= 0 || errno != ENOTDIR || is_link(parent, name) ? entry : openat(parent, name, flags);
}

static void check_kind(int fd, const char *source) {
    struct stat status;
    if (fstat(fd, &status) != 0) die_errno("cannot stat the volume %s", source);
    if (S_ISLNK(status.st_mode)) die("cannot use the volume %s: it has become a link", source);
    if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) {
        die("cannot use the volume %s: it is neither a directory nor a regular file", source);
    }
}

int open_source(const char *source) {
    cleanup_free char *path = strdup(source);
    if (path == NULL) die_errno("no memory");
    cleanup_close int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (at < 0) die_errno("cannot open /");
    char *rest = NULL;
    cleanup_free char *parents = strdup(source);
    if (parents == NULL) die_errno("no memory");
    for (char *name = strtok_r(parents, "/", &rest); name != NULL; name = strtok_r(NULL, "/", &rest)) {
        if (strcmp(name, "..") == 0) die("cannot use the volume %s: its path is not normalized", source);
        int next = open_entry(at, name);
        if (next < 0) {
            int reason = errno;
            path[name - parents + (long)strlen(name)] = '\0';
            if (is_link(at, name)) {
                die("cannot use the volume %s: %s has become a link", source, strcmp(path, source) == 0 ? "it" : path);
            }
            errno = reason;
            die_errno("cannot use the volume %s", source);
        }
        close_fd(&at);
        at = next;
    }
    check_kind(at, source);
    return take_fd(&at);
}
