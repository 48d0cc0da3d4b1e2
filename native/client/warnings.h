#ifndef BOX_CLIENT_WARNINGS_H
#define BOX_CLIENT_WARNINGS_H

/* The warnings of the helper that starts a box, one per line. */
struct warnings {
    /* -1 once there are no more. */
    int fd;
    /* Box's home directory. */
    const char *home;
};

/* Prints what has come, as src/vm/jail/warning.ts does: the layers that the jail lacks only once per boot of the host. */
void pass_warnings(struct warnings *warnings);

#endif
