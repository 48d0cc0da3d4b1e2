#ifndef NETWORK_STACK_H
#define NETWORK_STACK_H

#include "../vmm/net_policy.h"
#include "slirp.h"

/* The guest's network: libslirp between a stream of frames and sockets of this host. There is one per process. */
struct stack_settings {
    int stream;
    size_t mtu;
    bool ipv6;
};

/* The gateway's IPv6 address. */
extern const struct in6_addr stack_gateway6;

/* Creates the stack. Exits on failure. */
void stack_create(const struct slirp_library *library, const struct stack_settings *settings);

/* Listens on every published port. Exits if one is taken. To be called after net_policy_enforce(). */
void stack_publish(const struct net_policy *policy);

/* Carries frames until the VMM has ended. */
void stack_run(void);

#endif
