#ifndef BOX_PUBLISHED_H
#define BOX_PUBLISHED_H

#include "net_policy.h"

/*
 * Reserves every published port on the host before the guest boots, so that no other process can listen on it and a port in
 * use is reported immediately. Connections are refused until the guest listens. Exits if a port is not available. After
 * net_policy_enforce(), the guest's bind() and listen() use the ports.
 */
void published_take(const struct net_policy *policy);

#endif
