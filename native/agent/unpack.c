#include "unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../common/io.h"
#include "untar.h"

enum { PIECE_BYTES = 128 << 10, MAX_DEPTH = UNTAR_PATH / 2 + 1 };

// Directories whose times are set once their contents are complete. Each contains the next, so one path is enough.
struct folders {
    size_t count;
    char path[UNTAR_PATH + 1];
    struct {
        size_t length;
        int64_t mtime;
    } all[MAX_DEPTH];
};

bool unpack_path(char *path) {
    char *to = path;
    for (const char *part = path; *part;) {
        size_t length = strcspn(part, "/");
        bool nothing = length == 0 || (length == 1 && part[0] == '.');
        if (length == 2 && part[0] == '.' && part[1] == '.') return false;
        const char *next = part + length + (part[length] == '/');
        if (!nothing) {
            if (to != path) *to++ = '/';
            memmove(to, part, length);
            to += length;
        }
        part = next;
    }
    *to = '\0';
    return true;
}

static bool cannot(const char *what, const char *path, struct failure *failure) {
    return fail(failure, "failed", "cannot %s %s: %s", what, path, strerror(errno));
}

static void set_time(const char *path, int64_t mtime) {
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = mtime}};
    (void)utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

// Leaves all directories that do not contain PATH; NULL: all of them.
static void leave_folders(struct folders *folders, const char *path) {
    while (folders->count > 0) {
        size_t length = folders->all[folders->count - 1].length;
        if (path && strncmp(folders->path, path, length) == 0 && path[length] == '/') return;
        folders->path[length] = '\0';
        set_time(folders->path, folders->all[--folders->count].mtime);
    }
}

static void enter_folder(struct folders *folders, const char *path, int64_t mtime) {
    size_t length = strlen(path);
    memcpy(folders->path, path, length + 1);
    folders->all[folders->count].length = length;
    folders->all[folders->count++].mtime = mtime;
}

// Creates parent directories that the tar does not list.
static void make_parents(char *path) {
    for (char *at = strchr(path, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(path, 0755);
        *at = '/';
    }
}

// Removes what the entry replaces. Sets *THERE if it stays instead: a directory, or a file that something is mounted on
// and that can only be written to.
static bool replace(const char *path, bool folder, bool *there, struct failure *failure) {
    struct stat status;
    *there = false;
    if (lstat(path, &status) < 0) return errno == ENOENT || errno == ENOTDIR || cannot("stat", path, failure);
    if (S_ISDIR(status.st_mode) != folder) {
        return fail(failure, "failed",
                    folder ? "cannot replace %s: not a directory" : "cannot replace %s: is a directory", path);
    }
    if (!folder && unlink(path) == 0) return true;
    *there = folder || (errno == EBUSY && S_ISREG(status.st_mode));
    return *there || cannot("replace", path, failure);
}

// Returns a descriptor for a file, 0 for anything else, or -1 with errno set.
static int create(const struct untar_entry *entry, const char *path, bool there) {
    mode_t mode = entry->mode;
    switch (entry->type) {
    case '0':
        return open(path,
                    there ? O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC
                          : O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    0600);
    case '1':
        return linkat(AT_FDCWD, entry->target, AT_FDCWD, path, 0);
    case '2':
        return symlink(entry->target, path);
    case '3':
        return mknod(path, S_IFCHR | mode, makedev(entry->major, entry->minor));
    case '4':
        return mknod(path, S_IFBLK | mode, makedev(entry->major, entry->minor));
    case '5':
        return there ? 0 : mkdir(path, 0700);
    default:
        return mkfifo(path, mode);
    }
}

static bool fill(struct untar *untar, int fd, const char *path, struct failure *failure) {
    static uint8_t piece[PIECE_BYTES];
    for (;;) {
        ssize_t got = untar_data(untar, piece, sizeof piece, failure);
        if (got <= 0) return got == 0;
        if (!write_all(fd, piece, (size_t)got)) return cannot("write", path, failure);
    }
}

// Sets owner, mode and attributes. The mode is set after the owner, because chown clears setuid bits.
static bool set_metadata(struct untar *untar, const struct untar_entry *entry, const char *path, bool keep_owners,
                         struct failure *failure) {
    struct untar_attribute attribute;
    size_t at = 0;
    if (keep_owners && lchown(path, entry->uid, entry->gid) < 0) return cannot("change the owner of", path, failure);
    if (entry->type != '2' && chmod(path, entry->mode) < 0) return cannot("change the mode of", path, failure);
    while (untar_attribute(untar, &at, &attribute)) {
        // Not every file system supports every attribute; as in tar, that is not an error.
        (void)lsetxattr(path, attribute.name, attribute.value, attribute.length, 0);
    }
    return true;
}

// Sets *THERE if something existed and stays; an existing directory is left unchanged.
static bool unpack_entry(struct untar *untar, const struct untar_entry *entry, char *path, bool keep_owners,
                         bool *there, struct failure *failure) {
    if (!replace(path, entry->type == '5', there, failure)) return false;
    int made = create(entry, path, *there);
    if (made < 0 && errno == ENOENT) {
        make_parents(path);
        made = create(entry, path, *there);
    }
    if (made < 0) return cannot("create", path, failure);
    if (entry->type == '0') {
        bool filled = fill(untar, made, path, failure);
        if (close(made) < 0 && filled) return cannot("write", path, failure);
        if (!filled) return false;
    }
    if (entry->type == '5' && *there) return true;
    // A hard link shares the metadata of its target.
    return entry->type == '1' || set_metadata(untar, entry, path, keep_owners, failure);
}

static ssize_t read_stdin(void *from, void *bytes, size_t length) {
    (void)from;
    return read(STDIN_FILENO, bytes, length);
}

bool unpack(bool keep_owners, struct failure *failure) {
    static struct untar untar;
    static struct folders folders;
    struct untar_entry entry;
    int more;
    untar.read = read_stdin;
    (void)umask(0);
    while ((more = untar_next(&untar, &entry, failure)) == 1) {
        if (!unpack_path(untar.path) || (entry.type == '1' && !unpack_path(untar.target))) {
            return fail(failure, "failed", "the tar contains a path that leads outside of the destination: %s",
                        untar.path);
        }
        // The top of the tar is the destination itself.
        if (untar.path[0] == '\0') continue;
        leave_folders(&folders, untar.path);
        bool there;
        if (!unpack_entry(&untar, &entry, untar.path, keep_owners, &there, failure)) return false;
        if (entry.type == '5' && there) continue;
        if (entry.type == '5') enter_folder(&folders, untar.path, entry.mtime);
        else if (entry.type != '1') set_time(untar.path, entry.mtime);
    }
    leave_folders(&folders, NULL);
    return more == 0;
}
