// Descriptors and memory that are given back where their variable's scope ends, however it ends. errno stays as it is.
#ifndef COMMON_CLEANUP_H
#define COMMON_CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_close_fd(const int *fd) {
    int error = errno;
    if (*fd >= 0) (void)close(*fd);
    errno = error;
}

static inline void cleanup_free_memory(void *variable) { free(*(void **)variable); }

#define cleanup_close __attribute__((cleanup(cleanup_close_fd)))
#define cleanup_free __attribute__((cleanup(cleanup_free_memory)))

#endif
