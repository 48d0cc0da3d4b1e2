#ifndef BOX_NET_POLICY_H
#define BOX_NET_POLICY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* A TCP port of the guest that is published on the host. */
struct net_port {
    sa_family_t family; /* AF_INET, AF_INET6; AF_UNSPEC: every address of the host */
    struct in_addr v4;
    struct in6_addr v6;
    uint16_t host; /* host byte order */
    uint16_t guest;
};

/* What a guest's sockets may do. */
struct net_policy {
    bool allow_host; /* the host's loopback and link-local addresses may be reached */
    size_t count;
    struct net_port *ports;
};

/* Environment variable with a policy for libboxnet.so: `0|1` (allow_host), then ADDRESS HOST GUEST for each port. */
#define NET_POLICY_VARIABLE "BOX_NET_POLICY"

/* Reads a published port as the command line has it; false when something in it is not valid. */
bool net_port_parse(struct net_port *port, const char *address, const char *host, const char *guest);

/* 0, or the errno with which a connection or datagram to this address is refused. */
int net_policy_refusal(const struct net_policy *policy, const struct sockaddr *peer, socklen_t length);

/* From here on connect(), sendto() and sendmsg() of this process, called by any library, obey the policy. */
void net_policy_enforce(const struct net_policy *policy);

/* The policy in force, or NULL. */
const struct net_policy *net_policy_enforced(void);

/*
 * When PEER is the guest's own loopback and its port one that the guest listens on through the host: where that is on
 * the host, and the address's length; else 0. Defined by the program (published.c) and by the library (preload.c).
 */
socklen_t net_own_listener(int socket, const struct sockaddr *peer, socklen_t length, struct sockaddr_storage *own);

/* Whether an address is loopback. Too short a one is not. */
bool net_is_loopback(const struct sockaddr *address, socklen_t length);

/* Port and family of an Internet address that is long enough to be read; false for anything else. */
bool net_port_of(const struct sockaddr *address, socklen_t length, uint16_t *port);

#endif
