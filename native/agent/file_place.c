#include "file_place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/guest-protocol.h"
#include "../common/io.h"

enum { MAX_LINKS = 40, TRIES = 100 };

int place_open(int root, const char *path, uint64_t flags) {
    const struct open_how how = {
        .flags = flags | O_CLOEXEC,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    // EAGAIN: something was renamed while a `..` in a link was resolved.
    for (int tries = 1;; tries++) {
        int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
        if (fd >= 0 || errno != EAGAIN || tries == TRIES) return fd;
    }
}

static bool fail_with(int error) {
    errno = error;
    return false;
}

// Modifies PATH temporarily.
static bool find_in(int root, char *path, struct place *place) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') path[--length] = '\0';
    char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t named = strlen(name);
    // The root, and links that end in `.` or `..`.
    if (named == 0 || is_dots(name)) return fail_with(EBUSY);
    if (named > NAME_MAX) return fail_with(ENAMETOOLONG);
    memcpy(place->name, name, named + 1);
    if (slash) *slash = '\0';
    place->folder = place_open(root, slash && slash > path ? path : "/", O_PATH | O_DIRECTORY);
    if (slash) *slash = '/';
    return place->folder >= 0;
}

bool place_find(int root, const char *path, struct place *place) {
    char copy[MAX_PATH + 1];
    size_t length = strlen(path);
    if (length > MAX_PATH) return fail_with(ENAMETOOLONG);
    memcpy(copy, path, length + 1);
    return find_in(root, copy, place);
}

// Replaces the path with the target of the link at its end, resolved relative to the link's directory.
static bool follow(char *path, size_t size, const char *target) {
    const char *slash = strrchr(path, '/');
    size_t kept = target[0] == '/' || !slash ? 0 : (size_t)(slash + 1 - path);
    size_t length = strlen(target);
    if (kept + length >= size) return fail_with(ENAMETOOLONG);
    memcpy(path + kept, target, length + 1);
    return true;
}

bool place_find_target(int root, const char *path, struct place *place) {
    char copy[MAX_PATH + 1];
    char target[PATH_MAX];
    size_t length = strlen(path);
    if (length > MAX_PATH) return fail_with(ENAMETOOLONG);
    memcpy(copy, path, length + 1);
    for (int links = 0; links <= MAX_LINKS; links++) {
        if (!find_in(root, copy, place)) return false;
        ssize_t got = readlinkat(place->folder, place->name, target, sizeof target - 1);
        // Not a link, or nothing exists there.
        if (got < 0) return true;
        target[got] = '\0';
        place_close(place);
        if (!follow(copy, sizeof copy, target)) return false;
    }
    return fail_with(ELOOP);
}

void place_close(struct place *place) { close_fd(&place->folder); }
