#ifndef BOX_SECCOMP_H
#define BOX_SECCOMP_H

#include <stdbool.h>

/* What the filter leaves to this process: everybody else's are refused. */
struct calls {
    bool spawn;  /* execute programs, start processes */
    bool chroot; /* a server of files shuts itself into its share */
};

/*
 * From here on, system calls that no VMM needs fail, in this process and all that it starts. new_privs must have been
 * given up. Says in the list of layers whether it holds.
 */
void filter_calls(struct calls allowed);

#endif
