#ifndef BOX_LAUNCH_OPTIONS_H
#define BOX_LAUNCH_OPTIONS_H

#include "join.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

/* Bytes of a launch request (src/vm/protocol/control/launch-request.ts). */
enum { MAX_REQUEST = 1 << 16 };

/* What `launch` is to do, as its command line says (docs/vmm-helper.md). */
struct launch {
    const char *lock;
    const char *socket;
    /* Files that take their places, from and to by turns. */
    char **moves;
    struct network network;
    /* In bytes. */
    rlim_t monitor_data;
    /* Of the first message on the connection to the caller; 0: nobody waits for it. */
    rlim_t request;
    char **monitor;
    char **vmm;
};

/* Takes the words after `launch`. Ends the process when they make no sense. */
struct launch parse_launch(char **words);

/* Words before the NULL at their end. */
size_t length_of(char *const *words);

/* False: the text is not a number of bytes. */
bool parse_bytes(const char *text, rlim_t *bytes);

#endif
