#ifndef BOX_NET_POLICY_H
#define BOX_NET_POLICY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* A port of the guest that is published on the host. */
struct net_port {
    bool datagram;      /* UDP rather than TCP */
    sa_family_t family; /* AF_INET, AF_INET6; AF_UNSPEC: every address of the host */
    struct in_addr v4;
    struct in6_addr v6;
    uint16_t host; /* host byte order */
    uint16_t guest;
};

/* Which addresses a guest's sockets may reach, and its published ports. */
struct net_policy {
    bool allow_host;         /* the host's loopback may be reached */
    struct in_addr resolver; /* a DNS resolver that is allowed despite its closed address; 0.0.0.0: none */
    size_t count;
    struct net_port *ports;
};

enum { NET_DNS_PORT = 53 };

/* The guest's addresses for the host's loopback and for the resolver: 10.0.2.2 and 10.0.2.3 (src/net/guest-network.ts). */
#define NET_GATEWAY 0x0a000202U
#define NET_RESOLVER 0x0a000203U

/* Room for a published port as text. */
enum { NET_PORT_TEXT = INET6_ADDRSTRLEN + sizeof "[]:65535/udp" };

/* Writes the host's address of a published port, or ANY if it is published on every address. */
void net_port_address(const struct net_port *port, const char *any, char text[INET6_ADDRSTRLEN]);

/* Writes a published port as ADDRESS:PORT, for UDP with /udp. */
void net_port_text(const struct net_port *port, char text[NET_PORT_TEXT]);

/* Parses a published port in four words: tcp or udp, address, host port, guest port. Returns false if it is invalid. */
bool net_port_parse(struct net_port *port, const char *const words[4]);

/* Parses the resolver. Returns false if it is not an IPv4 address that is closed to guests. */
bool net_resolver_parse(struct net_policy *policy, const char *text);

/* Returns the errno with which connections and datagrams to this address are refused; 0 if they are allowed. */
int net_policy_refusal(const struct net_policy *policy, const struct sockaddr *peer, socklen_t length);

/* Applies the policy to connect(), sendto() and sendmsg() in this process, whichever library calls them. */
void net_policy_enforce(const struct net_policy *policy);

/* The policy in force, or NULL. */
const struct net_policy *net_policy_enforced(void);

/*
 * Redirects a connection or datagram to PEER: puts the address where it really goes, which the policy does not restrict,
 * into REAL and returns its length. 0: it goes to PEER, if the policy allows. Defined by the program (published.c) and by
 * the user-mode network (user-network.c).
 */
socklen_t net_redirect(int socket, const struct sockaddr *peer, socklen_t length, struct sockaddr_storage *real);

/*
 * Whether a connection that has failed immediately, with errno, must appear to be in progress. The socket, which has no
 * peer, then reports the failure when it is used. Also defined by program and library.
 */
bool net_fails_later(int socket);

/* Type of a socket (SOCK_STREAM …); -1 if it is not a socket. */
int net_type_of(int socket);

/* Copies an address, because a library's need not be aligned. Returns false if it is of another family. */
bool net_read_v4(const struct sockaddr *address, socklen_t length, struct sockaddr_in *v4);
bool net_read_v6(const struct sockaddr *address, socklen_t length, struct sockaddr_in6 *v6);

/* Conversion from and to IPv4-mapped IPv6 addresses. */
struct in_addr net_mapped_v4(const struct in6_addr *v6);
struct in6_addr net_map_v4(struct in_addr v4);

/* Whether an address is that of the allowed resolver. */
bool net_is_resolver(const struct net_policy *policy, const struct sockaddr *address, socklen_t length);

/* Whether an address is loopback; false if it is too short. */
bool net_is_loopback(const struct sockaddr *address, socklen_t length);

/* The port of an IPv4 or IPv6 address. Returns false for other families and addresses that are too short. */
bool net_port_of(const struct sockaddr *address, socklen_t length, uint16_t *port);

#endif
