#ifndef BOX_CLIENT_FLAGS_H
#define BOX_CLIENT_FLAGS_H

#include <stdbool.h>
#include <stddef.h>

/* NAME and value of a variable. */
struct variable {
    const char *name;
    size_t name_length;
    const char *value;
};

/* What a command line of `box exec` asks for. */
struct exec {
    bool interactive, detach, privileged;
    /* NULL: the workload's. */
    const char *user, *workdir;
    /* In the order of the names' first mention, each name once. */
    struct variable *env;
    size_t env_count;
    const char *box;
    /* At least one, NULL after the last. */
    char **command;
};

/* Reads the words after `exec` as src/cli/exec.ts does. False: that has to read them, for what is wrong with them or for
 * what only it can. `exec->env` is the caller's to free. */
bool read_exec(char **words, struct exec *exec);

#endif
