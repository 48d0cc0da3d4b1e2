/*
 * A fuzzer for machines without libFuzzer: mutates well-formed inputs at random. This directory has its main(); each
 * native part has its seeds and the target.
 */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

enum { MAX_INPUT_BYTES = 1 << 16, MAX_SEEDS = 16 };

struct seed {
    uint8_t bytes[MAX_INPUT_BYTES];
    size_t length;
};

/* Parameters of a part's inputs. */
struct mutation {
    size_t max_input;        /* bytes, at most MAX_INPUT_BYTES */
    size_t max_edits;        /* per input */
    size_t max_run;          /* bytes removed or repeated by a single edit */
    const char *interesting; /* bytes with a meaning in the format */
    size_t interesting_count;
};

#define INTERESTING(bytes) .interesting = (bytes), .interesting_count = sizeof(bytes) - 1

/* Defined by each part. */
extern const struct mutation mutation;
void make_seeds(void);

/* For make_seeds(). Abort if a limit is exceeded. */
struct seed *new_seed(void);
void add(struct seed *seed, const void *bytes, size_t length);

#endif
