// Waiting until a point in time, in milliseconds of CLOCK_MONOTONIC.
#ifndef COMMON_DEADLINE_H
#define COMMON_DEADLINE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "io.h"

static inline int64_t now_ms(void) {
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Waits until a descriptor is readable. Returns false at the deadline.
static inline bool await_readable(int fd, int64_t deadline_ms) {
    int64_t left = deadline_ms - now_ms();
    if (left < 0) left = 0;
    return wait_readable(fd, left > INT_MAX ? INT_MAX : (int)left) > 0;
}

#endif
