/*
 * The machinery of a fuzzer for machines without libFuzzer, and its main(): included by the mutate.c of each target,
 * which makes the seeds.
 */
#ifndef BOX_VMM_MUTATE_H
#define BOX_VMM_MUTATE_H

#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_INPUT = 1 << 13, MOST_EDITS = 6, SEEDS = 4 };

static struct seed {
    uint8_t bytes[MOST_INPUT];
    size_t length;
} seeds[SEEDS];
static uint64_t state;

static void make_seeds(void);

/* xorshift64: the same seed gives the same run. */
static size_t below(size_t limit) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % limit);
}

static void add(struct seed *seed, const void *bytes, size_t length) {
    if (length > MOST_INPUT - seed->length) abort();
    memcpy(seed->bytes + seed->length, bytes, length);
    seed->length += length;
}

static size_t edit(uint8_t *input, size_t length) {
    static const uint8_t interesting[] = {0, 1, 0x0a, 0x20, 0x2f, 0x7f, 0x80, 0xc0, 0xff};
    size_t at = below(length), count = below(64) + 1;
    switch (below(6)) {
    case 0: input[at] = (uint8_t)below(256); return length;
    case 1: input[at] = interesting[below(sizeof interesting)]; return length;
    case 2: input[at] ^= (uint8_t)(1U << below(8)); return length;
    case 3:
        if (at + count >= length) return at > 0 ? at : 1;
        memmove(input + at, input + at + count, length - at - count);
        return length - count;
    case 4: {
        /* A part of another one. */
        const struct seed *other = &seeds[below(SEEDS)];
        size_t from = below(other->length);
        if (count > other->length - from) count = other->length - from;
        if (count > MOST_INPUT - at) return length;
        memcpy(input + at, other->bytes + from, count);
        return at + count > length ? at + count : length;
    }
    default:
        if (at + count > length || length + count > MOST_INPUT) return length;
        memmove(input + at + count, input + at, length - at);
        return length + count;
    }
}

static int write_seeds(const char *folder) {
    for (int i = 0; i < SEEDS; i++) {
        char path[4096];
        if (snprintf(path, sizeof path, "%s/seed-%d", folder, i) >= (int)sizeof path) return 1;
        FILE *file = fopen(path, "we");
        if (file == NULL) return 1;
        size_t wrote = fwrite(seeds[i].bytes, 1, seeds[i].length, file);
        if (fclose(file) != 0 || wrote != seeds[i].length) return 1;
    }
    return 0;
}

/* A copy of just its size, so that the sanitizer sees the first byte behind it. */
static void run(const uint8_t *input, size_t length) {
    uint8_t *copy = malloc(length);
    if (copy == NULL) abort();
    memcpy(copy, input, length);
    (void)LLVMFuzzerTestOneInput(copy, length);
    free(copy);
}

int main(int argc, char **argv) {
    make_seeds();
    if (argc == 3 && strcmp(argv[1], "seeds") == 0) return write_seeds(argv[2]);
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    state = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
    if (state == 0) state = 1;
    printf("mutate %lu %llu\n", rounds, (unsigned long long)state);
    (void)fflush(stdout);
    static uint8_t input[MOST_INPUT];
    for (unsigned long round = 0; round < rounds; round++) {
        const struct seed *seed = &seeds[round % SEEDS];
        size_t length = seed->length;
        memcpy(input, seed->bytes, length);
        size_t edits = round < SEEDS ? 0 : below(MOST_EDITS) + 1;
        for (size_t i = 0; i < edits; i++) length = edit(input, length);
        run(input, length);
    }
    return 0;
}

#endif
