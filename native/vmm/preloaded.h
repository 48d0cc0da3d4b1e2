#ifndef BOX_PRELOADED_H
#define BOX_PRELOADED_H

#include "net_policy.h"

/* Puts libboxnet.so before the libraries of what this process executes next, with the policy in the environment. */
void preload_policy(const struct net_policy *policy, const char *library);

#endif
