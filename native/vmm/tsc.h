#pragma once

#include <stdint.h>

/* One moment, in two clocks. */
struct tsc_moment {
    uint64_t ticks;
    uint64_t ns;
};

struct tsc_moment tsc_now(void);

/* The processor's TSC ticks so often in a millisecond; 0 where it does not tick evenly. Measured since `then`, and for
 * some milliseconds at least. */
uint64_t tsc_khz_since(struct tsc_moment then);
