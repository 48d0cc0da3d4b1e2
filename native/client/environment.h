#ifndef BOX_CLIENT_ENVIRONMENT_H
#define BOX_CLIENT_ENVIRONMENT_H

/* The environment for box's own Node: variables that would decide what Node loads and trusts are kept under other names,
 * as src/host/caller-environment.ts describes. NULL: there is no memory. */
char **withhold(char *const *environment);

#endif
