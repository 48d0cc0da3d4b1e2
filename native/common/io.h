// System calls that go on after a signal, and reads and writes of all bytes.
#ifndef COMMON_IO_H
#define COMMON_IO_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"

// As read(2).
static inline ssize_t read_some(int fd, void *bytes, size_t length) {
    ssize_t got = 0;
    do got = read(fd, bytes, length);
    while (got < 0 && errno == EINTR);
    return got;
}

// Returns how many bytes there are, fewer than LENGTH only at the end; -1 with errno.
static inline ssize_t read_up_to(int fd, void *bytes, size_t length) {
    size_t have = 0;
    while (have < length) {
        ssize_t got = read_some(fd, (uint8_t *)bytes + have, length - have);
        if (got < 0) return -1;
        if (got == 0) break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

// False with errno, which is 0 when the end came early.
static inline bool read_all(int fd, void *bytes, size_t length) {
    ssize_t got = read_up_to(fd, bytes, length);
    if (got >= 0) errno = 0;
    return got == (ssize_t)length;
}

// False with errno.
static inline bool write_all(int fd, const void *bytes, size_t length) {
    for (const uint8_t *at = bytes; length > 0;) {
        ssize_t wrote = write(fd, at, length);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return false;
        at += wrote;
        length -= (size_t)wrote;
    }
    return true;
}

// The same for a socket whose other end may have gone: EPIPE, and no signal.
static inline bool send_all(int fd, const void *bytes, size_t length) {
    for (const uint8_t *at = bytes; length > 0;) {
        ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return false;
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

// Writes a file that is there, with one write: in /proc and its like, each is a value of its own. PATH is taken from
// FOLDER. False with errno.
static inline bool write_text(int folder, const char *path, const char *text) {
    cleanup_close int fd = openat(folder, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    return fd >= 0 && write(fd, text, strlen(text)) >= 0;
}

// As poll(2) of one descriptor, until there is something to read.
static inline int wait_readable(int fd, int limit_ms) {
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    int found = 0;
    do found = poll(&readable, 1, limit_ms);
    while (found < 0 && errno == EINTR);
    return found;
}

// Whether an entry of a folder is the folder itself or the one above.
static inline bool is_dots(const char *name) { return strcmp(name, ".") == 0 || strcmp(name, "..") == 0; }

// The entries of a folder that is open, which is theirs from then on. NULL with errno, and the folder is closed.
static inline DIR *entries_of(int folder) {
    DIR *entries = folder < 0 ? NULL : fdopendir(folder);
    if (entries == NULL) close_fd(&folder);
    return entries;
}

// For a function that stands in the place of the C library's: says no, with REASON in errno.
static inline int refuse(int reason) {
    errno = reason;
    return -1;
}

// As waitpid(2).
static inline pid_t wait_for(pid_t child, int *status) {
    pid_t pid = 0;
    do pid = waitpid(child, status, 0);
    while (pid < 0 && errno == EINTR);
    return pid;
}

#endif
