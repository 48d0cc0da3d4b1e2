#ifndef BOX_PRELOADED_H
#define BOX_PRELOADED_H

#include "net_policy.h"

/* Preloads LIBRARY into the program that this process executes next. */
void preload(const char *library);

/* Preloads libboxnet.so into the program that this process executes next, with the policy in the environment. */
void preload_policy(const struct net_policy *policy, const char *library);

#endif
