// The guest's network, over rtnetlink.
#ifndef NET_H
#define NET_H

#include "failure.h"

// What every box has: loopback, and ports below 1024 for everybody. While /proc/sys is writable.
int net_prepare(struct failure *failure);
// `address` is IPv4 with its prefix (10.0.2.15/24); the gateway becomes the default route.
int net_configure(const char *interface, const char *address, const char *gateway, struct failure *failure);

#endif
