#ifndef BOX_CLIENT_FLAGS_H
#define BOX_CLIENT_FLAGS_H

#include <stdbool.h>
#include <stddef.h>

/* A variable; a value of NULL removes the box's own. */
struct variable {
    const char *name;
    size_t name_length;
    const char *value;
};

/* The parsed command line of `box exec`. */
struct exec {
    bool interactive, detach, privileged;
    /* NULL: as for the box's program. */
    const char *user, *workdir;
    /* Each name once, in the order of first occurrence. */
    struct variable *env;
    size_t env_count;
    const char *box;
    /* At least one argument, NULL-terminated. */
    char **command;
};

/* Parses the arguments after `exec` as src/cli/exec.ts does. Returns false if they are invalid or need something that only
 * src/cli/exec.ts supports, so that Node has to handle them. The caller frees `exec->env`, in either case. */
bool read_exec(char **words, struct exec *exec);

#endif
