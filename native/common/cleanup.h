// Descriptors that are closed where their variable's scope ends, however it ends. errno stays as it is.
#ifndef COMMON_CLEANUP_H
#define COMMON_CLEANUP_H

#include <errno.h>
#include <unistd.h>

static inline void cleanup_close_fd(const int *fd) {
    int error = errno;
    if (*fd >= 0) (void)close(*fd);
    errno = error;
}

#define cleanup_close __attribute__((cleanup(cleanup_close_fd)))

#endif
