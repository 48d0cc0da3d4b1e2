#ifndef BOX_LAUNCH_OPTIONS_H
#define BOX_LAUNCH_OPTIONS_H

#include "join.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

/* Maximum size of a launch request (src/vm/protocol/control/launch-request.ts). */
enum { MAX_REQUEST = 1 << 16 };

/* The parsed command line of `launch` (docs/vmm-helper.md). */
struct launch {
    const char *lock;
    const char *socket;
    /* By which starts take turns; NULL: at once. */
    const char *slots;
    /* Files to move: pairs of source and destination. */
    char **moves;
    struct networks *networks;
    /* In bytes. */
    rlim_t monitor_data;
    /* Size of the first message on the connection to the caller; 0: do not wait for it. */
    rlim_t request;
    /* The VM is the copy of a template, which has to be woken. */
    bool wake;
    char **monitor;
    char **vmm;
};

/* Parses the arguments after `launch`. Exits if they are invalid. */
struct launch parse_launch(char **words);

/* Number of words before the terminating NULL. */
size_t length_of(char *const *words);

/* Returns false if the text is not a number of bytes. */
bool parse_bytes(const char *text, rlim_t *bytes);

#endif
