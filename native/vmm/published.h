#ifndef BOX_PUBLISHED_H
#define BOX_PUBLISHED_H

#include "net_policy.h"

/*
 * Takes every published port on the host, before the guest boots, so that no other process can listen on it and one
 * that is in use is an error at once. Nothing listens there before the guest does: connections are refused until then.
 * Ends the process when a port cannot be had. From net_policy_enforce() on, the guest's bind() and listen() are served.
 */
void published_take(const struct net_policy *policy);

#endif
