// Releases resources when their variable goes out of scope. Preserves errno.
#ifndef COMMON_CLEANUP_H
#define COMMON_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Closes a descriptor and sets it to -1, at the end of its scope or earlier. Does nothing if it is negative.
static inline void close_fd(int *fd) {
    int error = errno;
    if (*fd >= 0) (void)close(*fd);
    *fd = -1;
    errno = error;
}

// Returns the descriptor and disarms its cleanup, to pass on ownership.
static inline int take_fd(int *fd) {
    int taken = *fd;
    *fd = -1;
    return taken;
}

static inline void close_file(FILE **file) {
    int error = errno;
    if (*file != NULL) (void)fclose(*file);
    errno = error;
}

static inline void close_dir(DIR **dir) {
    int error = errno;
    if (*dir != NULL) (void)closedir(*dir);
    errno = error;
}

// POINTER is the address of a pointer of any type.
static inline void free_memory(void *pointer) {
    int error = errno;
    void *memory;
    memcpy(&memory, pointer, sizeof memory);
    free(memory);
    errno = error;
}

#define cleanup_close __attribute__((cleanup(close_fd)))
#define cleanup_file __attribute__((cleanup(close_file)))
#define cleanup_dir __attribute__((cleanup(close_dir)))
#define cleanup_free __attribute__((cleanup(free_memory)))

#endif
