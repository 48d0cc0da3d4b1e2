/*
 * A fuzzer for machines without libFuzzer: well-formed inputs, changed at random. This has its main(); a part has the
 * well-formed inputs, and the target that gets what has become of them.
 */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

enum { MOST_INPUT = 1 << 16, MOST_SEEDS = 16 };

struct seed {
    uint8_t bytes[MOST_INPUT];
    size_t length;
};

/* What a part says about its inputs. */
struct mutation {
    size_t most_input;       /* bytes, at most MOST_INPUT */
    size_t most_edits;       /* of one input */
    size_t longest;          /* bytes that are cut out or repeated at once */
    const char *interesting; /* bytes that mean something in it */
    size_t interesting_count;
};

#define INTERESTING(bytes) .interesting = (bytes), .interesting_count = sizeof(bytes) - 1

/* A part's own. */
extern const struct mutation mutation;
void make_seeds(void);

/* For make_seeds(). End the process when there is no room. */
struct seed *new_seed(void);
void add(struct seed *seed, const void *bytes, size_t length);

#endif
