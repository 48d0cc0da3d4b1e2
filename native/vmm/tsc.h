#pragma once

#include <stdint.h>

/* A point in time on two clocks. */
struct tsc_moment {
    uint64_t ticks;
    uint64_t ns;
};

struct tsc_moment tsc_now(void);

/* Measures the frequency of the processor's TSC in kHz, from `then` and for at least a few milliseconds. Returns 0 if it is
 * not constant. */
uint64_t tsc_khz_since(struct tsc_moment then);
