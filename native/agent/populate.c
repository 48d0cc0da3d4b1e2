#include "populate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../common/cleanup.h"

// Stands in the volume for as long as the copy is not complete.
static const char MARKER[] = ".box-populating";
// A file on its way, which gets its name when it is whole.
static const char PART[] = ".box-part";

enum { MAX_DEPTH = 200, PIECE = 1 << 20 };

static int cannot(const char *name, struct failure *failure) {
    if (errno == EINVAL || errno == EPERM) {
        return fail(failure, "mount",
                    "cannot fill the new volume: %s cannot have its owner there; the host's user needs "
                    "ids in /etc/subuid and /etc/subgid, and uidmap",
                    name);
    }
    return fail(failure, "mount", "cannot fill the new volume: %s: %s", name, strerror(errno));
}

// 0 when the folder has entries and none of them is the marker.
static int wants_copy(int volume) {
    if (faccessat(volume, MARKER, F_OK, AT_SYMLINK_NOFOLLOW) == 0) return 1;
    int fd = openat(volume, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    if (!entries) {
        if (fd >= 0) (void)close(fd);
        return -1;
    }
    int empty = 1;
    const struct dirent *entry;
    while (empty && (entry = readdir(entries)) != NULL) {
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    (void)closedir(entries);
    return empty;
}

static int copy_bytes(int from, int to, off_t size) {
    while (size > 0) {
        ssize_t done = sendfile(to, from, NULL, size < PIECE ? (size_t)size : PIECE);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return done < 0 ? -1 : 0;
        size -= done;
    }
    return 0;
}

// Files that guest root makes are root's already; a mode comes after the owner, whose change clears setuid bits.
static int dress(int fd, const struct stat *status) {
    const struct timespec times[2] = {status->st_atim, status->st_mtim};
    if ((status->st_uid != 0 || status->st_gid != 0) && fchown(fd, status->st_uid, status->st_gid) < 0) return -1;
    return fchmod(fd, status->st_mode & 07777) < 0 || futimens(fd, times) < 0 ? -1 : 0;
}

static bool is_kept(const char *attribute) {
    return strcmp(attribute, "security.capability") == 0 || strncmp(attribute, "user.", strlen("user.")) == 0;
}

// The host's file system may have none, and its user may not give capabilities: a volume works without.
static bool may_lack(int error) { return error == ENOTSUP || error == EPERM; }

// After the owner, whose change clears capabilities.
static int copy_attributes(int from, int to) {
    static char names[XATTR_LIST_MAX], value[XATTR_SIZE_MAX];
    ssize_t length = flistxattr(from, names, sizeof names);
    if (length < 0) return may_lack(errno) ? 0 : -1;
    for (const char *name = names; name < names + length; name += strlen(name) + 1) {
        if (!is_kept(name)) continue;
        ssize_t size = fgetxattr(from, name, value, sizeof value);
        if (size < 0 || (fsetxattr(to, name, value, (size_t)size, 0) < 0 && !may_lack(errno))) return -1;
    }
    return 0;
}

static int copy_file(int from, int to, const char *name, const struct stat *status) {
    cleanup_close int source = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (source < 0) return -1;
    cleanup_close int target = openat(to, PART, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (target < 0 || copy_bytes(source, target, status->st_size) < 0) return -1;
    if (dress(target, status) < 0 || copy_attributes(source, target) < 0) return -1;
    return renameat(to, PART, to, name);
}

static int copy_link(int from, int to, const char *name, const struct stat *status) {
    char target[PATH_MAX];
    ssize_t length = readlinkat(from, name, target, sizeof target - 1);
    if (length < 0) return -1;
    target[length] = '\0';
    if (symlinkat(target, to, name) < 0) return -1;
    if (status->st_uid == 0 && status->st_gid == 0) return 0;
    return fchownat(to, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW);
}

static int copy_folder(int from, int to, int depth, struct failure *failure);

static int enter_folder(int from, int to, const char *name, const struct stat *status, int depth,
                        struct failure *failure) {
    if (mkdirat(to, name, 0700) < 0 && errno != EEXIST) return cannot(name, failure);
    cleanup_close int source = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    cleanup_close int target = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (source < 0 || target < 0) return cannot(name, failure);
    if (copy_folder(source, target, depth, failure) < 0) return -1;
    return dress(target, status) < 0 || copy_attributes(source, target) < 0 ? cannot(name, failure) : 0;
}

static int copy_entry(int from, int to, const char *name, int depth, struct failure *failure) {
    struct stat status;
    if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return cannot(name, failure);
    if (S_ISDIR(status.st_mode)) return enter_folder(from, to, name, &status, depth, failure);
    // An earlier copy that was cut off brought it, whole.
    if (faccessat(to, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) return 0;
    int result = 0;
    if (S_ISREG(status.st_mode)) result = copy_file(from, to, name, &status);
    if (S_ISLNK(status.st_mode)) result = copy_link(from, to, name, &status);
    if (S_ISFIFO(status.st_mode)) result = mkfifoat(to, name, status.st_mode & 07777);
    return result < 0 ? cannot(name, failure) : 0;
}

static int copy_folder(int from, int to, int depth, struct failure *failure) {
    if (depth > MAX_DEPTH) return fail(failure, "mount", "cannot fill the new volume: folders too deep");
    int fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    if (!entries) {
        if (fd >= 0) (void)close(fd);
        return cannot(".", failure);
    }
    int result = 0;
    const struct dirent *entry;
    while (result == 0 && (entry = readdir(entries)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        result = copy_entry(from, to, entry->d_name, depth + 1, failure);
    }
    (void)closedir(entries);
    return result;
}

static int copy_marked(int from, int to, struct failure *failure) {
    struct stat status;
    int marker = openat(to, MARKER, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (marker < 0 || fstat(from, &status) < 0) return cannot(MARKER, failure);
    (void)close(marker);
    if (copy_folder(from, to, 0, failure) < 0) return -1;
    (void)unlinkat(to, PART, 0);
    if (syncfs(to) < 0 || unlinkat(to, MARKER, 0) < 0 || dress(to, &status) < 0 || copy_attributes(from, to) < 0) {
        return cannot(".", failure);
    }
    return 0;
}

// The links of an image lead to places in it.
static int open_in(int root, const char *path) {
    const struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

int populate(int root, const char *path, const char *volume, struct failure *failure) {
    cleanup_close int from = open_in(root, path);
    // Who mounts the volume there says so if it cannot lie there.
    if (from < 0 && (errno == ENOENT || errno == ENOTDIR)) return 0;
    cleanup_close int to = open(volume, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0 || to < 0) return cannot(path, failure);
    int wanted = wants_copy(to);
    if (wanted < 0) return cannot(volume, failure);
    return wanted ? copy_marked(from, to, failure) : 0;
}
