// System calls that are restarted after signals, and complete reads and writes.
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

// Like read(2).
static inline ssize_t read_some(int fd, void *bytes, size_t length) {
    ssize_t got = 0;
    do got = read(fd, bytes, length);
    while (got < 0 && errno == EINTR);
    return got;
}

// Returns the number of bytes read, less than LENGTH only at end of file; -1 with errno set.
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

// Returns false with errno set, to 0 at a premature end of file.
static inline bool read_all(int fd, void *bytes, size_t length) {
    ssize_t got = read_up_to(fd, bytes, length);
    if (got >= 0) errno = 0;
    return got == (ssize_t)length;
}

// Returns false with errno set.
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

// Does the same for a socket whose peer may be gone, which results in EPIPE instead of a signal.
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

// Writes to an existing file with a single write, because in /proc and similar file systems each write is a separate
// value. PATH is relative to FOLDER. Returns false with errno set.
static inline bool write_text(int folder, const char *path, const char *text) {
    cleanup_close int fd = openat(folder, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    return fd >= 0 && write(fd, text, strlen(text)) >= 0;
}

// Like poll(2), waits until a descriptor is readable.
static inline int wait_readable(int fd, int limit_ms) {
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    int found = 0;
    do found = poll(&readable, 1, limit_ms);
    while (found < 0 && errno == EINTR);
    return found;
}

// Whether a directory entry is `.` or `..`.
static inline bool is_dots(const char *name) { return strcmp(name, ".") == 0 || strcmp(name, "..") == 0; }

// Like fdopendir(3): takes ownership of the descriptor. Closes it on failure, and returns NULL with errno set.
static inline DIR *entries_of(int folder) {
    DIR *entries = folder < 0 ? NULL : fdopendir(folder);
    if (entries == NULL) close_fd(&folder);
    return entries;
}

// For functions that replace those of the C library: sets errno to REASON and returns -1.
static inline int refuse(int reason) {
    errno = reason;
    return -1;
}

// Like waitpid(2).
static inline pid_t wait_for(pid_t child, int *status) {
    pid_t pid = 0;
    do pid = waitpid(child, status, 0);
    while (pid < 0 && errno == EINTR);
    return pid;
}

#endif
