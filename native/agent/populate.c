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
#include "../common/io.h"

// Exists in the volume until the copy is complete.
static const char MARKER[] = ".box-populating";
// Temporary name of a file until it is completely copied.
static const char PART[] = ".box-part";

enum { MAX_DEPTH = 200, PIECE = 1 << 20 };

static bool cannot(const char *name, struct failure *failure) {
    if (errno == EINVAL || errno == EPERM) {
        return fail(failure, "mount",
                    "cannot populate the new volume: cannot set the owner of %s; the host's user needs "
                    "IDs in /etc/subuid and /etc/subgid, and uidmap",
                    name);
    }
    return fail(failure, "mount", "cannot populate the new volume: %s: %s", name, strerror(errno));
}

// Sets *NEEDED if the volume is empty or contains the marker. Returns false with errno set if it cannot be read.
static bool check_needed(int volume, bool *needed) {
    *needed = faccessat(volume, MARKER, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    if (*needed) return true;
    cleanup_dir DIR *entries = entries_of(openat(volume, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!entries) return false;
    const struct dirent *entry = readdir(entries);
    while (entry && is_dots(entry->d_name)) entry = readdir(entries);
    *needed = !entry;
    return true;
}

static bool copy_bytes(int from, int to, off_t size) {
    while (size > 0) {
        ssize_t done = sendfile(to, from, NULL, size < PIECE ? (size_t)size : PIECE);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return done == 0;
        size -= done;
    }
    return true;
}

// New files belong to root already. The mode is set after the owner, because chown clears setuid bits.
static bool set_metadata(int fd, const struct stat *status) {
    const struct timespec times[2] = {status->st_atim, status->st_mtim};
    if ((status->st_uid != 0 || status->st_gid != 0) && fchown(fd, status->st_uid, status->st_gid) < 0) return false;
    return fchmod(fd, status->st_mode & 07777) == 0 && futimens(fd, times) == 0;
}

static bool is_kept(const char *attribute) {
    return strcmp(attribute, "security.capability") == 0 || strncmp(attribute, "user.", strlen("user.")) == 0;
}

// The host's file system may not support attributes, and its user may not set capabilities: do without them.
static bool is_tolerable(int error) { return error == ENOTSUP || error == EPERM; }

// Call after setting the owner: chown clears capabilities.
static bool copy_attributes(int from, int to) {
    static char names[XATTR_LIST_MAX], value[XATTR_SIZE_MAX];
    ssize_t length = flistxattr(from, names, sizeof names);
    if (length < 0) return is_tolerable(errno);
    for (const char *name = names; name < names + length; name += strlen(name) + 1) {
        if (!is_kept(name)) continue;
        ssize_t size = fgetxattr(from, name, value, sizeof value);
        if (size < 0 || (fsetxattr(to, name, value, (size_t)size, 0) < 0 && !is_tolerable(errno))) return false;
    }
    return true;
}

static bool copy_file(int from, int to, const char *name, const struct stat *status) {
    cleanup_close int source = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (source < 0) return false;
    cleanup_close int target = openat(to, PART, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (target < 0 || !copy_bytes(source, target, status->st_size)) return false;
    if (!set_metadata(target, status) || !copy_attributes(source, target)) return false;
    return renameat(to, PART, to, name) == 0;
}

static bool copy_link(int from, int to, const char *name, const struct stat *status) {
    char target[PATH_MAX];
    ssize_t length = readlinkat(from, name, target, sizeof target - 1);
    if (length < 0) return false;
    target[length] = '\0';
    if (symlinkat(target, to, name) < 0) return false;
    if (status->st_uid == 0 && status->st_gid == 0) return true;
    return fchownat(to, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool copy_folder(int from, int to, int depth, struct failure *failure);

static bool enter_folder(int from, int to, const char *name, const struct stat *status, int depth,
                         struct failure *failure) {
    if (mkdirat(to, name, 0700) < 0 && errno != EEXIST) return cannot(name, failure);
    cleanup_close int source = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    cleanup_close int target = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (source < 0 || target < 0) return cannot(name, failure);
    if (!copy_folder(source, target, depth, failure)) return false;
    return (set_metadata(target, status) && copy_attributes(source, target)) || cannot(name, failure);
}

static bool copy_entry(int from, int to, const char *name, int depth, struct failure *failure) {
    struct stat status;
    if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return cannot(name, failure);
    if (S_ISDIR(status.st_mode)) return enter_folder(from, to, name, &status, depth, failure);
    // It was copied completely before an earlier copy was interrupted.
    if (faccessat(to, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) return true;
    bool copied = true;
    if (S_ISREG(status.st_mode)) copied = copy_file(from, to, name, &status);
    if (S_ISLNK(status.st_mode)) copied = copy_link(from, to, name, &status);
    if (S_ISFIFO(status.st_mode)) copied = mkfifoat(to, name, status.st_mode & 07777) == 0;
    return copied || cannot(name, failure);
}

static bool copy_folder(int from, int to, int depth, struct failure *failure) {
    if (depth > MAX_DEPTH)
        return fail(failure, "mount", "cannot populate the new volume: directories are nested too deeply");
    cleanup_dir DIR *entries = entries_of(openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!entries) return cannot(".", failure);
    for (const struct dirent *entry = readdir(entries); entry; entry = readdir(entries)) {
        if (!is_dots(entry->d_name) && !copy_entry(from, to, entry->d_name, depth + 1, failure)) return false;
    }
    return true;
}

static bool copy_marked(int from, int to, struct failure *failure) {
    struct stat status;
    cleanup_close int marker = openat(to, MARKER, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (marker < 0 || fstat(from, &status) < 0) return cannot(MARKER, failure);
    if (!copy_folder(from, to, 0, failure)) return false;
    (void)unlinkat(to, PART, 0);
    if (syncfs(to) < 0 || unlinkat(to, MARKER, 0) < 0 || !set_metadata(to, &status) || !copy_attributes(from, to)) {
        return cannot(".", failure);
    }
    return true;
}

// Resolves links in the image as if it were the root.
static int open_in(int root, const char *path) {
    const struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

bool populate(int root, const char *path, const char *volume, struct failure *failure) {
    cleanup_close int from = open_in(root, path);
    // If the volume cannot be mounted there, mounting it fails with a message.
    if (from < 0 && (errno == ENOENT || errno == ENOTDIR)) return true;
    cleanup_close int to = open(volume, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0 || to < 0) return cannot(path, failure);
    bool needed;
    if (!check_needed(to, &needed)) return cannot(volume, failure);
    return !needed || copy_marked(from, to, failure);
}
