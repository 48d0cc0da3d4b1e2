/*
 * `mutate ROUNDS [SEED]` tries this number of inputs, `mutate MINUTESm [SEED]` as many as it can in this time; `mutate
 * seeds DIRECTORY` writes the seeds, as a corpus for libFuzzer.
 */
#include "mutate.h"
#include "target.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct seed seeds[MAX_SEEDS];
static size_t seed_count;
static uint64_t state;

/* xorshift64: runs with the same seed are identical. */
static size_t below(size_t limit) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % limit);
}

struct seed *new_seed(void) {
    if (seed_count == MAX_SEEDS) abort();
    return &seeds[seed_count++];
}

void add(struct seed *seed, const void *bytes, size_t length) {
    if (length > mutation.max_input - seed->length) abort();
    memcpy(seed->bytes + seed->length, bytes, length);
    seed->length += length;
}

/* Overwrites bytes with another seed or a part of it. */
static size_t splice(uint8_t *input, size_t length, size_t at, size_t count) {
    const struct seed *other = &seeds[below(seed_count)];
    bool whole = below(2) == 0;
    size_t from = whole ? 0 : below(other->length);
    if (whole || count > other->length - from) count = other->length - from;
    if (count > mutation.max_input - at) count = mutation.max_input - at;
    memcpy(input + at, other->bytes + from, count);
    return at + count > length ? at + count : length;
}

static size_t edit(uint8_t *input, size_t length) {
    size_t at = below(length), count = below(mutation.max_run) + 1;
    switch (below(6)) {
    case 0:
        input[at] = (uint8_t)below(256);
        return length;
    case 1:
        input[at] = (uint8_t)mutation.interesting[below(mutation.interesting_count)];
        return length;
    case 2:
        input[at] ^= (uint8_t)(1U << below(8));
        return length;
    case 3:
        if (at + count >= length) return at > 0 ? at : 1;
        memmove(input + at, input + at + count, length - at - count);
        return length - count;
    case 4:
        if (at + count > length || length + count > mutation.max_input) return length;
        memmove(input + at + count, input + at, length - at);
        return length + count;
    default:
        return splice(input, length, at, count);
    }
}

/* Uses a copy of exactly this size, so that sanitizers detect reads past its end. */
static void run(const uint8_t *input, size_t length) {
    uint8_t *copy = malloc(length);
    if (copy == NULL) abort();
    memcpy(copy, input, length);
    (void)LLVMFuzzerTestOneInput(copy, length);
    free(copy);
}

static int write_seeds(const char *folder) {
    for (size_t i = 0; i < seed_count; i++) {
        char path[4096];
        if (snprintf(path, sizeof path, "%s/seed-%zu", folder, i) >= (int)sizeof path) return 1;
        FILE *file = fopen(path, "we");
        if (file == NULL) return 1;
        size_t wrote = fwrite(seeds[i].bytes, 1, seeds[i].length, file);
        if (fclose(file) != 0 || wrote != seeds[i].length) return 1;
    }
    return 0;
}

static unsigned long try_inputs(unsigned long amount, bool minutes) {
    static uint8_t input[MAX_INPUT_BYTES];
    time_t end = time(NULL) + (time_t)amount * 60;
    unsigned long round = 0;
    for (; minutes ? time(NULL) < end : round < amount; round++) {
        const struct seed *seed = &seeds[round % seed_count];
        size_t length = seed->length;
        memcpy(input, seed->bytes, length);
        size_t edits = round < seed_count ? 0 : below(mutation.max_edits) + 1;
        for (size_t i = 0; i < edits; i++) length = edit(input, length);
        run(input, length);
    }
    return round;
}

int main(int argc, char **argv) {
    make_seeds();
    if (argc == 3 && strcmp(argv[1], "seeds") == 0) return write_seeds(argv[2]);
    const char *words = argc > 1 ? argv[1] : "100000";
    char *unit = NULL;
    unsigned long amount = strtoul(words, &unit, 10);
    bool minutes = strcmp(unit, "m") == 0;
    if (amount == 0 || (!minutes && *unit != '\0')) {
        (void)fputs("usage: mutate ROUNDS|MINUTESm [SEED]\n       mutate seeds DIRECTORY\n", stderr);
        return 2;
    }
    state = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
    if (state == 0) state = 1;
    printf("mutate %s %llu\n", words, (unsigned long long)state);
    (void)fflush(stdout);
    unsigned long tried = try_inputs(amount, minutes);
    if (minutes) printf("%lu inputs\n", tried);
    return 0;
}
