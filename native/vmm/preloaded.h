#ifndef BOX_PRELOADED_H
#define BOX_PRELOADED_H

#include "net_policy.h"

/* Puts LIBRARY before the libraries of what this process executes next. */
void preload(const char *library);

/* Puts libboxnet.so before the libraries of what this process executes next, with the policy in the environment. */
void preload_policy(const struct net_policy *policy, const char *library);

#endif
