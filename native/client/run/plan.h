#ifndef BOX_CLIENT_PLAN_H
#define BOX_CLIENT_PLAN_H

#include <stdbool.h>
#include <stddef.h>

enum {
    PLAN_MOST_BYTES = 1 << 18,
    PLAN_MOST_WORDS = 256,
    PLAN_MOST_WITNESSES = 96,
    PLAN_MOST_PATHS = 4,
    PLAN_MOST_WAYS = 2
};

/* The things on the host that a plan, or a way to start, depends on. */
struct witnesses {
    const char *texts[PLAN_MOST_WITNESSES];
    size_t count;
};

/* A way to start the VM. */
struct way {
    /* The file that the writable layer is a copy of, and, with holes, the launch request. */
    const char *layer, *request;
    /* With holes: the program to execute, and its arguments. NULL-terminated; none with a pool. */
    const char *words[PLAN_MOST_WORDS + 1];
    size_t word_count;
    struct witnesses witnesses;
};

/* How Node has run a command line, written for the next time (src/engine/plan/format.ts). Texts with holes are for
 * fill(). */
struct plan {
    const char *key;
    /* Box's home and the directory for sockets. */
    const char *home, *runtime;
    /* The words that random names consist of, separated by spaces. */
    const char *qualities, *things;
    /* With holes: the box's record, and the event that the box was created. */
    const char *record, *event;
    /* The lock on removals of images. */
    const char *removal;
    /* Paths of leases, without the process. */
    const char *leases[PLAN_MOST_PATHS];
    size_t lease_count;
    /* Files whose modification time tells when they were used last. */
    const char *used[PLAN_MOST_PATHS];
    size_t used_count;
    /* The pool that has the VM, and the request to its keeper; otherwise NULL. */
    const char *pool, *ask;
    struct witnesses witnesses;
    /* The first one that is possible is taken. */
    struct way ways[PLAN_MOST_WAYS];
    size_t way_count;
};

/* Parses a plan, whose texts point into `bytes`. Returns false if it is damaged or of another version. */
bool read_plan(const char *bytes, size_t length, struct plan *plan);

#endif
