#ifndef BOX_CLIENT_ENVIRONMENT_H
#define BOX_CLIENT_ENVIRONMENT_H

/* Returns the environment for box's own Node: variables that influence what Node loads and trusts are renamed, as
 * src/host/caller-environment.ts describes. NULL if out of memory. */
char **rename_node_variables(char *const *environment);

/* Returns the environment for a process that outlives its caller, without these variables. NULL if out of memory. */
char **without_node_variables(char *const *environment);

#endif
