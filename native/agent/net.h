// The guest's network, over rtnetlink.
#ifndef NET_H
#define NET_H

#include "failure.h"
#include "messages.h"

// What every box has: loopback, and ports below 1024 for everybody. While /proc/sys is writable.
bool net_prepare(struct failure *failure);
// The address has its prefix (10.0.2.15/24, fd10:2::15/64); the gateway, if any, becomes the default route of its kind.
bool net_configure(const struct network *network, struct failure *failure);

#endif
