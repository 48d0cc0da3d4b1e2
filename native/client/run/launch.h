#ifndef BOX_CLIENT_LAUNCH_H
#define BOX_CLIENT_LAUNCH_H

#include "../buffer.h"
#include "../warnings.h"

#include <sys/types.h>

/* The start of a box by `box-vmm launch`, as in src/vm/launch.ts. */
struct launch {
    /* Words of the helper, NULL-terminated. */
    char **words;
    const struct buffer *request;
    const char *home, *folder;
};

/* A box that starts: the helper, which becomes its monitor, the connection to it, and its warnings. */
struct launched {
    pid_t helper;
    int monitor;
    struct warnings warnings;
};

/* Returns false if nothing has been started. */
bool launch(const struct launch *launch, struct launched *launched);

#endif
