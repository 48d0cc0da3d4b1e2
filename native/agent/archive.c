#include "archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "../common/io.h"
#include "dangling.h"
#include "generated.h"
#include "links.h"
#include "mount_point.h"
#include "own_files.h"
#include "rootfs.h"
#include "tar.h"

enum { OPEN_FILES = 1 << 20, MAX_ATTRIBUTE = 64 << 10 };

// The working directory of the process is the directory being walked.
struct walk {
    bool changes;
    // Include file systems that are mounted in the tree.
    bool mounts;
    struct tar tar;
    links met;
    // Path of the current entry, relative to the root.
    char *path;
    size_t length;
    size_t capacity;
};

__attribute__((noreturn)) static void give_up(const struct walk *walk, const char *what, int error) {
    (void)fprintf(stderr, "%s /%s: %s\n", what, walk->path ? walk->path : "", strerror(error));
    _exit(1);
}

// Appends a name to the path. Returns the previous length, for leave().
static size_t enter(struct walk *walk, const char *name) {
    size_t before = walk->length;
    size_t needed = before + strlen(name) + 2;
    if (needed > walk->capacity) {
        char *grown = realloc(walk->path, needed * 2);
        if (!grown) give_up(walk, "out of memory at", ENOMEM);
        walk->path = grown;
        walk->capacity = needed * 2;
    }
    walk->length += (size_t)sprintf(walk->path + before, before == 0 ? "%s" : "/%s", name);
    return before;
}

static void leave(struct walk *walk, size_t before) {
    walk->length = before;
    walk->path[before] = '\0';
}

static void add_attributes(struct walk *walk, const char *name) {
    static char names[MAX_ATTRIBUTE];
    static char value[MAX_ATTRIBUTE];
    ssize_t length = llistxattr(name, names, sizeof names);
    if (length < 0 && errno != ENOTSUP && errno != ENOENT) give_up(walk, "cannot read the attributes of", errno);
    for (ssize_t at = 0; at < length; at += (ssize_t)strlen(names + at) + 1) {
        if (is_private_attribute(names + at)) continue;
        ssize_t got = lgetxattr(name, names + at, value, sizeof value);
        if (got < 0 && errno != ENODATA && errno != ENOENT) give_up(walk, "cannot read the attributes of", errno);
        if (got >= 0) tar_attribute(&walk->tar, names + at, value, (size_t)got);
    }
}

// Adds a whiteout: NAME of the image was removed or, if it is NULL, the whole content of the directory.
static void add_whiteout(struct walk *walk, const char *name) {
    char whiteout[NAME_MAX + 8];
    struct stat status = {.st_mode = 0600};
    (void)snprintf(whiteout, sizeof whiteout, ".wh.%s", name ? name : ".wh..opq");
    size_t before = enter(walk, whiteout);
    tar_entry(&walk->tar, &(struct tar_entry){.path = walk->path, .type = '0', .status = &status});
    leave(walk, before);
}

static void add_generated(struct walk *walk, int fd, const struct stat *status) {
    size_t length = 0;
    uint8_t *content = read_generated(fd, &length);
    if (!content) give_up(walk, "cannot read", errno);
    tar_entry(&walk->tar, &(struct tar_entry){.path = walk->path, .type = '0', .size = length, .status = status});
    tar_data(&walk->tar, content, length);
    tar_pad(&walk->tar, length);
    free(content);
}

// Writes exactly the number of bytes in STATUS, even if the file changes in the meantime.
static void add_file(struct walk *walk, const char *name, const struct stat *status) {
    static uint8_t piece[TAR_BUFFER];
    uint64_t left = (uint64_t)status->st_size;
    cleanup_close int fd = open(name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) return;
    if (fd < 0) give_up(walk, "cannot open", errno);
    add_attributes(walk, name);
    if (is_generated(fd)) return add_generated(walk, fd, status);
    tar_entry(&walk->tar, &(struct tar_entry){.path = walk->path, .type = '0', .size = left, .status = status});
    while (left > 0 && walk->tar.error == 0) {
        ssize_t got = read_some(fd, piece, left < sizeof piece ? (size_t)left : sizeof piece);
        if (got < 0) give_up(walk, "cannot read", errno);
        if (got == 0) break;
        tar_data(&walk->tar, piece, (size_t)got);
        left -= (uint64_t)got;
    }
    tar_zeros(&walk->tar, left);
    tar_pad(&walk->tar, (uint64_t)status->st_size);
}

static void add_link(struct walk *walk, const char *name, const struct stat *status) {
    char target[PATH_MAX];
    ssize_t length = readlink(name, target, sizeof target - 1);
    if (length < 0) {
        if (errno == ENOENT || errno == EINVAL) return;
        give_up(walk, "cannot read", errno);
    }
    target[length] = '\0';
    add_attributes(walk, name);
    tar_entry(&walk->tar, &(struct tar_entry){.path = walk->path, .target = target, .type = '2', .status = status});
}

static void add_special(struct walk *walk, const char *name, const struct stat *status, char type) {
    add_attributes(walk, name);
    tar_entry(&walk->tar, &(struct tar_entry){.path = walk->path, .type = type, .status = status});
}

static void visit_folder(struct walk *walk, int folder);

static void add_folder(struct walk *walk, const char *name, const struct stat *status, bool mounted) {
    char opaque = 'n';
    add_attributes(walk, name);
    size_t before = enter(walk, "");
    tar_entry(&walk->tar, &(struct tar_entry){.path = walk->path, .type = '5', .status = status});
    leave(walk, before);
    if (mounted) return;
    if (walk->changes && lgetxattr(name, "trusted.overlay.opaque", &opaque, 1) == 1 && opaque == 'y') {
        add_whiteout(walk, NULL);
    }
    cleanup_close int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int folder = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (here < 0 || (folder < 0 && errno != ENOENT)) give_up(walk, "cannot open", errno);
    if (folder >= 0) visit_folder(walk, folder);
    if (fchdir(here) < 0) give_up(walk, "cannot leave", errno);
}

// File systems of the kernel, which contain no files of the box.
static bool is_kernel(const char *name, const struct stat *status) {
    struct statfs system;
    struct stat devices;
    if (lstat("/dev", &devices) == 0 && devices.st_dev == status->st_dev && devices.st_ino == status->st_ino)
        return true;
    return statfs(name, &system) == 0 && (system.f_type == PROC_SUPER_MAGIC || system.f_type == SYSFS_MAGIC);
}

// Adds NAME of this directory to the tar under the name SHOWN.
static void visit_as(struct walk *walk, const char *name, const char *shown) {
    struct stat status;
    if (lstat(name, &status) < 0) {
        if (errno == ENOENT) return;
        give_up(walk, "cannot stat", errno);
    }
    if (walk->changes && (is_own_file(&status) || is_untouched_folder(name, &status))) return;
    if (walk->changes && S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0)) return add_whiteout(walk, name);
    size_t before = enter(walk, shown);
    bool mounted = !walk->changes && is_mount_point(name);
    if (walk->mounts) mounted = mounted && S_ISDIR(status.st_mode) && is_kernel(name, &status);
    const char *first = NULL;
    if (!S_ISDIR(status.st_mode) && status.st_nlink > 1 && !mounted) {
        first = links_meet(&walk->met, &status, walk->path);
        if (!first) give_up(walk, "out of memory at", ENOMEM);
        if (strcmp(first, walk->path) == 0) first = NULL;
    }
    // A file that something is mounted on appears empty, as in Docker's exports.
    if (mounted) status.st_size = 0;
    if (first) {
        tar_entry(&walk->tar, &(struct tar_entry){.path = walk->path, .target = first, .type = '1', .status = &status});
    } else if (S_ISDIR(status.st_mode)) {
        add_folder(walk, name, &status, mounted);
    } else if (S_ISREG(status.st_mode)) {
        add_file(walk, name, &status);
    } else if (S_ISLNK(status.st_mode)) {
        add_link(walk, name, &status);
    } else if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
        add_special(walk, name, &status, S_ISCHR(status.st_mode) ? '3' : '4');
    } else if (S_ISFIFO(status.st_mode)) {
        add_special(walk, name, &status, '6');
    }
    leave(walk, before);
}

static void visit(struct walk *walk, const char *name) { visit_as(walk, name, name); }

static int is_entry(const struct dirent *entry) { return !is_dots(entry->d_name); }

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

// Walks the entries sorted by name, so that the same files result in the same tar. Closes the descriptor.
static void visit_folder(struct walk *walk, int folder) {
    struct dirent **entries = NULL;
    if (fchdir(folder) < 0) give_up(walk, "cannot enter", errno);
    (void)close(folder);
    int count = scandir(".", &entries, is_entry, by_name);
    if (count < 0) give_up(walk, "cannot read", errno);
    for (int i = 0; i < count; i++) {
        if (walk->tar.error == 0) visit(walk, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

static void start(struct walk *walk) {
    struct rlimit limit = {OPEN_FILES, OPEN_FILES};
    // One descriptor is open per directory level.
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    tar_open(&walk->tar, STDOUT_FILENO);
}

__attribute__((noreturn)) static void end(struct walk *walk) {
    if (!tar_end(&walk->tar)) give_up(walk, "cannot write the archive", errno);
    _exit(0);
}

void archive_write(enum archive_kind what, int root) {
    static struct walk walk;
    walk.changes = what != ARCHIVE_ROOT;
    // EBUSY: another archive has already frozen it. EOPNOTSUPP: the layer of a box that has never run is in memory, and
    // no program writes to it.
    if (what == ARCHIVE_STILL_CHANGES && !rootfs_freeze(root) && errno != EBUSY && errno != EOPNOTSUPP) {
        give_up(&walk, "cannot freeze", errno);
    }
    start(&walk);
    visit_folder(&walk, root);
    end(&walk);
}

// Writes only the top entry, named by its resolved path: a directory, a dangling link, or anything else as an empty file.
static void look(struct walk *walk, const char *path, const struct stat *status) {
    char type = S_ISDIR(status->st_mode) ? '5' : S_ISLNK(status->st_mode) ? '2' : '0';
    (void)enter(walk, path[1] == '\0' ? "." : path + 1);
    tar_entry(&walk->tar, &(struct tar_entry){.path = walk->path, .type = type, .status = status});
}

void archive_write_path(const struct copy *copy) {
    static struct walk walk;
    static char resolved[PATH_MAX];
    struct stat status;
    const char *path = copy->path;
    walk.mounts = true;
    if (copy->follow || copy->kind == COPY_LOOK) path = realpath(path, resolved);
    if (!path && copy->kind == COPY_LOOK && errno == ENOENT && resolve_dangling(copy->path, resolved)) {
        status = (struct stat){.st_mode = S_IFLNK | 0777};
        path = resolved;
    } else if (!path || lstat(path, &status) < 0) {
        int reason = errno;
        // There is no place for a new file behind such a link.
        bool dangling = copy->kind == COPY_LOOK && lstat(copy->path, &status) == 0;
        bool missing = reason == ENOTDIR || (reason == ENOENT && !dangling);
        (void)fprintf(stderr, "%s: %s\n", copy->path, strerror(reason));
        _exit(missing ? NO_SUCH_PATH : 1);
    }
    start(&walk);
    if (copy->kind == COPY_LOOK) look(&walk, path, &status);
    else visit_as(&walk, path, copy->name);
    end(&walk);
}
