#include "file_change.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "../common/guest-protocol.h"
#include "file_failure.h"
#include "file_place.h"
#include "file_tree.h"

enum { PARENT_MODE = 0755 };

static bool make_folder(int root, const char *path, mode_t mode) {
    cleanup_place struct place place = {.folder = -1};
    return place_find(root, path, &place) && mkdirat(place.folder, place.name, mode) == 0;
}

// Whether the path is a directory or a link to one.
static bool is_folder(int root, const char *path) {
    cleanup_close int fd = place_open(root, path, O_PATH | O_DIRECTORY);
    return fd >= 0;
}

void change_mkdir(int root, const char *path, bool parents, mode_t mode) {
    char part[MAX_PATH + 1];
    (void)umask(0);
    if (strlen(path) > MAX_PATH) file_give_up(NULL, ENAMETOOLONG);
    if (path[1] == '\0' && !parents) file_give_up(NULL, EEXIST);
    if (!parents) {
        if (!make_folder(root, path, mode)) file_give_up(NULL, errno);
        return;
    }
    for (const char *end = path; *end;) {
        end += 1 + strcspn(end + 1, "/");
        size_t length = (size_t)(end - path);
        memcpy(part, path, length);
        part[length] = '\0';
        if (is_folder(root, part) || make_folder(root, part, *end ? PARENT_MODE : mode)) continue;
        // Another process has just created the directory, or something else is in its place.
        int error = errno;
        if (error == EEXIST && is_folder(root, part)) continue;
        file_give_up(*end ? part : NULL, error == EEXIST && *end ? ENOTDIR : error);
    }
}

void change_remove(int root, const char *path, bool recursive) {
    cleanup_place struct place place = {.folder = -1};
    if (!place_find(root, path, &place)) file_give_up(NULL, errno);
    if (unlinkat(place.folder, place.name, 0) == 0) return;
    if (errno != EISDIR) file_give_up(NULL, errno);
    if (recursive) tree_remove(place.folder, place.name);
    else if (unlinkat(place.folder, place.name, AT_REMOVEDIR) < 0) file_give_up(NULL, errno);
}

void change_rename(int root, const char *from, const char *to) {
    cleanup_place struct place source = {.folder = -1};
    cleanup_place struct place target = {.folder = -1};
    if (!place_find(root, from, &source) || !place_find(root, to, &target)) file_give_up(NULL, errno);
    if (renameat(source.folder, source.name, target.folder, target.name) < 0) {
        // Some file systems report a non-empty target directory as EEXIST.
        file_give_up(NULL, errno == EEXIST ? ENOTEMPTY : errno);
    }
}
