#ifndef BOX_NET_POLICY_H
#define BOX_NET_POLICY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* A port of the guest that is published on the host. */
struct net_port {
    bool datagram;      /* UDP, else TCP */
    sa_family_t family; /* AF_INET, AF_INET6; AF_UNSPEC: every address of the host */
    struct in_addr v4;
    struct in6_addr v6;
    uint16_t host; /* host byte order */
    uint16_t guest;
};

/* What a guest's sockets may do. */
struct net_policy {
    bool allow_host;         /* the host's loopback may be reached */
    struct in_addr resolver; /* a resolver at a closed address that may be asked all the same; 0.0.0.0: none */
    size_t count;
    struct net_port *ports;
};

/*
 * Environment variable with a policy for libboxnet.so: `0|1` (allow_host) RESOLVER, then PROTOCOL ADDRESS HOST GUEST
 * for each port.
 */
#define NET_POLICY_VARIABLE "BOX_NET_POLICY"

/* With a descriptor, to which libboxnet.so writes a byte when the policy is in force. */
#define NET_READY_VARIABLE "BOX_NET_READY"

enum { NET_DNS_PORT = 53 };

/* The guest's names for the host's loopback and its resolver: 10.0.2.2 and 10.0.2.3 (src/net/guest-network.ts). */
#define NET_GATEWAY 0x0a000202U
#define NET_RESOLVER 0x0a000203U

/*
 * Reads a published port as the command line has it (four words: tcp or udp, address, host port, guest port); false when
 * something in it is not valid.
 */
bool net_port_parse(struct net_port *port, const char *const words[4]);

/* Reads the resolver; false when it is no IPv4 address that is closed to guests. */
bool net_resolver_parse(struct net_policy *policy, const char *text);

/* 0, or the errno with which a connection or datagram to this address is refused. */
int net_policy_refusal(const struct net_policy *policy, const struct sockaddr *peer, socklen_t length);

/* From here on connect(), sendto() and sendmsg() of this process, called by any library, obey the policy. */
void net_policy_enforce(const struct net_policy *policy);

/* The policy in force, or NULL. */
const struct net_policy *net_policy_enforced(void);

/*
 * Where a connection or datagram to PEER really goes, whatever the policy says of that address, and its length; 0: to
 * PEER, if the policy allows. Defined by the program (published.c) and by the library (preload.c).
 */
socklen_t net_redirect(int socket, const struct sockaddr *peer, socklen_t length, struct sockaddr_storage *real);

/*
 * Whether a connection that has failed at once, as errno says, is to look as if it was under way: the socket, which has
 * no peer, tells of the failure when it is used. Defined as the above.
 */
bool net_fails_later(int socket);

/* Called with every message without a destination, before it is sent. Defined as the above. */
void net_send_frames(int socket, const struct msghdr *message);

/* Type of a socket (SOCK_STREAM …); -1 when it is none. */
int net_type_of(int socket);

/* Addresses are copied out: what a library hands over need not be aligned. False when it is of another family. */
bool net_read_v4(const struct sockaddr *address, socklen_t length, struct sockaddr_in *v4);
bool net_read_v6(const struct sockaddr *address, socklen_t length, struct sockaddr_in6 *v6);

/* Conversion from and to IPv4 written as IPv6. */
struct in_addr net_mapped_v4(const struct in6_addr *v6);
struct in6_addr net_map_v4(struct in_addr v4);

/* Whether an address is that of the resolver that may be asked. */
bool net_is_resolver(const struct net_policy *policy, const struct sockaddr *address, socklen_t length);

/* Whether an address is loopback. Too short a one is not. */
bool net_is_loopback(const struct sockaddr *address, socklen_t length);

/* Port and family of an Internet address that is long enough to be read; false for anything else. */
bool net_port_of(const struct sockaddr *address, socklen_t length, uint16_t *port);

#endif
