#define _GNU_SOURCE
#include "tsc.h"

#include <cpuid.h>
#include <stdbool.h>
#include <time.h>
#include <x86intrin.h>

/* The quickest of several readings is the most accurate: to some tens of nanoseconds. */
enum { READINGS = 16 };
/* Over this time, the result is accurate to a few millionths. */
static const uint64_t MIN_NS = 8 * 1000 * 1000;

static uint64_t monotonic_ns(void) {
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Advanced power management information, EDX: the rate of an invariant TSC is the same in all states of the processor. */
static bool ticks_evenly(void) {
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & (1U << 8)) != 0;
}

struct tsc_moment tsc_now(void) {
    struct tsc_moment best = {0};
    uint64_t shortest = UINT64_MAX;
    for (int i = 0; i < READINGS; i++) {
        uint64_t before = __rdtsc();
        uint64_t ns = monotonic_ns();
        uint64_t took = __rdtsc() - before;
        if (took >= shortest) continue;
        shortest = took;
        best = (struct tsc_moment){.ticks = before + took / 2, .ns = ns};
    }
    return best;
}

uint64_t tsc_khz_since(struct tsc_moment then) {
    if (!ticks_evenly()) return 0;
    uint64_t passed = monotonic_ns() - then.ns;
    if (passed < MIN_NS) {
        struct timespec rest = {.tv_nsec = (long)(MIN_NS - passed)};
        (void)nanosleep(&rest, NULL);
    }
    struct tsc_moment now = tsc_now();
    if (now.ns <= then.ns || now.ticks <= then.ticks) return 0;
    return (uint64_t)((double)(now.ticks - then.ticks) * 1e6 / (double)(now.ns - then.ns) + 0.5);
}
