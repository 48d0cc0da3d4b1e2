#include "own_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/xattr.h>

#include "../common/io.h"

enum { MAX_OWN_FILES = 16, MAX_ATTRIBUTES = 64 << 10 };

static struct {
    ino_t inode;
    bool folder;
    bool in_image;
    struct stat image;
} own[MAX_OWN_FILES];
static size_t own_count;

static void add(int fd, bool folder, const struct stat *image) {
    struct stat status;
    // Never closed, so that the inode number cannot be reused.
    if (fd < 0 || own_count == MAX_OWN_FILES || fstat(fd, &status) < 0) return;
    own[own_count].inode = status.st_ino;
    own[own_count].folder = folder;
    own[own_count].in_image = image != NULL;
    if (image) own[own_count].image = *image;
    own_count++;
}

void add_own_file(int fd) { add(fd, false, NULL); }

void add_own_folder(int fd, const struct stat *image) { add(fd, true, image); }

bool is_own_file(const struct stat *status) {
    // Once the box has unmounted and written to it, the file counts as the box's change.
    if (!S_ISLNK(status->st_mode) && (!S_ISREG(status->st_mode) || status->st_size > 0)) return false;
    for (size_t i = 0; i < own_count; i++) {
        if (own[i].inode == status->st_ino && !own[i].folder) return true;
    }
    return false;
}

static bool is_alike(const struct stat *a, const struct stat *b) {
    return a->st_mode == b->st_mode && a->st_uid == b->st_uid && a->st_gid == b->st_gid &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool is_own_folder(const struct stat *status) {
    if (!S_ISDIR(status->st_mode)) return false;
    for (size_t i = 0; i < own_count; i++) {
        if (own[i].inode == status->st_ino && own[i].folder) return !own[i].in_image || is_alike(status, &own[i].image);
    }
    return false;
}

bool is_private_attribute(const char *name) {
    return strncmp(name, "trusted.overlay.", strlen("trusted.overlay.")) == 0 || strcmp(name, "security.selinux") == 0;
}

static bool has_attributes(const char *name) {
    static char names[MAX_ATTRIBUTES];
    ssize_t length = llistxattr(name, names, sizeof names);
    for (ssize_t at = 0; at < length; at += (ssize_t)strlen(names + at) + 1) {
        if (!is_private_attribute(names + at)) return true;
    }
    return false;
}

bool is_untouched_folder(const char *name, const struct stat *status) {
    if (!is_own_folder(status) || has_attributes(name)) return false;
    DIR *folder = opendir(name);
    if (!folder) return false;
    bool untouched = true;
    for (const struct dirent *entry; untouched && (entry = readdir(folder));) {
        struct stat found;
        if (is_dots(entry->d_name)) continue;
        untouched = fstatat(dirfd(folder), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0 && is_own_file(&found);
    }
    (void)closedir(folder);
    return untouched;
}
