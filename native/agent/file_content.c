#include "file_content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "../common/io.h"
#include "chunks.h"
#include "file_failure.h"
#include "file_place.h"
#include "mount_point.h"

enum { PIECE_BYTES = 128 << 10, NEW_MODE = 0644 };

static int not_regular(const struct stat *status) { return S_ISDIR(status->st_mode) ? EISDIR : ENXIO; }

// Checks the type before opening, so that devices and pipes are never opened for I/O and cannot block.
static int open_regular(int root, const char *path) {
    struct stat status;
    cleanup_close int seen = place_open(root, path, O_PATH);
    if (seen < 0 || fstat(seen, &status) < 0) file_give_up(NULL, errno);
    if (!S_ISREG(status.st_mode)) file_give_up(NULL, not_regular(&status));
    int fd = place_open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &status) < 0) file_give_up(NULL, errno);
    // It may have been replaced since.
    if (!S_ISREG(status.st_mode)) file_give_up(NULL, not_regular(&status));
    return fd;
}

void content_read(int root, const struct file_request *request) {
    static uint8_t piece[PIECE_BYTES];
    cleanup_close int fd = open_regular(root, request->path);
    uint64_t left = request->length;
    if (request->offset > INT64_MAX) file_give_up(NULL, EINVAL);
    if (request->offset > 0 && lseek(fd, (off_t)request->offset, SEEK_SET) < 0) file_give_up(NULL, errno);
    while (left > 0) {
        ssize_t got = read_some(fd, piece, left < sizeof piece ? (size_t)left : sizeof piece);
        if (got < 0) file_give_up(NULL, errno);
        if (got == 0) break;
        if (!write_all(STDOUT_FILENO, piece, (size_t)got)) file_give_up(NULL, errno);
        left -= (uint64_t)got;
    }
}

// Writes stdin's content to the file until its end. Returns false with errno set, to EPIPE if the content is truncated.
static bool fill(int fd) {
    static uint8_t piece[PIECE_BYTES];
    struct chunks chunks = {0};
    while (!chunks.ended) {
        ssize_t got = read_some(STDIN_FILENO, piece, sizeof piece);
        if (got == 0) errno = EPIPE;
        if (got <= 0) return false;
        const uint8_t *at = piece;
        const uint8_t *content = NULL;
        size_t length = (size_t)got;
        for (size_t part; (part = chunks_take(&chunks, &at, &length, &content)) > 0;) {
            if (!write_all(fd, content, part)) return false;
        }
        if (chunks.broken) errno = EPROTO;
        if (chunks.broken) return false;
    }
    return true;
}

// Writes to the existing file, or to a new one of this name.
static void write_to(const struct place *place, const struct file_request *request, int flags, mode_t mode) {
    struct stat status;
    bool given = (request->flags & FILE_FLAG_MODE) != 0;
    cleanup_close int fd =
        openat(place->folder, place->name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags, mode);
    if (fd < 0 || fstat(fd, &status) < 0) file_give_up(NULL, errno);
    if (!S_ISREG(status.st_mode)) file_give_up(NULL, not_regular(&status));
    if (!fill(fd) || (given && fchmod(fd, request->mode) < 0)) file_give_up(NULL, errno);
}

static int make_temporary(int folder, char *name, size_t size) {
    for (;;) {
        uint64_t random;
        if (getrandom(&random, sizeof random, 0) != sizeof random) return -1;
        (void)snprintf(name, size, ".box-%016llx", (unsigned long long)random);
        int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd >= 0 || errno != EEXIST) return fd;
    }
}

// BEFORE is the status of the file to replace, or NULL. Returns false with errno set.
static bool write_temporary(int fd, const struct stat *before, mode_t mode) {
    cleanup_close int file = fd;
    // chown clears setuid bits, so the mode is set last.
    if (!fill(file) || (before && fchown(file, before->st_uid, before->st_gid) < 0) || fchmod(file, mode) < 0) {
        return false;
    }
    return close(take_fd(&file)) == 0;
}

static void replace(const struct place *place, const struct stat *before, mode_t mode) {
    char name[32];
    int fd = make_temporary(place->folder, name, sizeof name);
    if (fd < 0) file_give_up(NULL, errno);
    if (write_temporary(fd, before, mode) && renameat(place->folder, name, place->folder, place->name) == 0) return;
    int error = errno;
    (void)unlinkat(place->folder, name, 0);
    file_give_up(NULL, error);
}

void content_write(int root, const struct file_request *request) {
    cleanup_place struct place place = {.folder = -1};
    struct stat status;
    bool given = (request->flags & FILE_FLAG_MODE) != 0;
    mode_t mode = given ? request->mode : NEW_MODE;
    (void)umask(0);
    if (!place_find_target(root, request->path, &place)) file_give_up(NULL, errno == EBUSY ? EISDIR : errno);
    bool there = fstatat(place.folder, place.name, &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there && errno != ENOENT) file_give_up(NULL, errno);
    if (there && !S_ISREG(status.st_mode)) file_give_up(NULL, not_regular(&status));
    if (request->flags & FILE_FLAG_APPEND) return write_to(&place, request, O_APPEND | O_CREAT, mode);
    if (there && is_mount_point_in(place.folder, place.name)) return write_to(&place, request, O_TRUNC, mode);
    replace(&place, there ? &status : NULL, there && !given ? status.st_mode & 07777 : mode);
}
