#ifndef NETWORK_OPTIONS_H
#define NETWORK_OPTIONS_H

#include "../vmm/net_policy.h"
#include "stack.h"

#include <sys/types.h>

struct settings {
    struct stack_settings stack;
    struct net_policy policy;
    const char *libslirp;
    uid_t user;
};

/* Parses the command line. Exits if it is invalid. */
struct settings parse_settings(char **words);

#endif
