// The guest's network, over rtnetlink.
#ifndef NET_H
#define NET_H

#include "failure.h"
#include "messages.h"

// Brings up loopback and the interface that leads to the host, and lets all users listen on ports below 1024.
bool net_prepare(struct failure *failure);
// Sets the address, which includes the prefix length (10.0.2.15/24, fd10:2::15/64), and the default route of its
// family.
bool net_configure(const struct network *network, struct failure *failure);
// Draws a hardware address for the interface that leads to the host, which gets it when it is configured.
bool net_renew(struct failure *failure);
// Removes the addresses and routes of the interface that leads to the host.
void net_clear(void);
// Removes an address, which includes the prefix length, from an interface.
bool net_remove(const char *interface, const char *address, struct failure *failure);

#endif
