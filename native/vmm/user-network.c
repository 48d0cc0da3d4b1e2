#define _GNU_SOURCE
#include "user-network.h"

#include "../common/io.h"
#include "answers.h"
#include "net_policy.h"
#include "peers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* 127.127.0.0: addresses from here on stand for the published ports. */
#define LOOPBACK_ALIASES 0x7f7f0000U

struct in_addr user_network_alias(size_t index) {
    return (struct in_addr){.s_addr = htonl(LOOPBACK_ALIASES + (uint32_t)index)};
}

static const struct net_port *find_published(int type, struct in_addr alias) {
    const struct net_policy *policy = net_policy_enforced();
    uint32_t index = ntohl(alias.s_addr) - LOOPBACK_ALIASES;
    if (policy == NULL || index >= policy->count) return NULL;
    return policy->ports[index].datagram == (type == SOCK_DGRAM) ? &policy->ports[index] : NULL;
}

/* On a host without IPv6, every address means every IPv4 address. */
static bool bind_published(int fd, int type, const struct net_port *port) {
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port->host), .sin_addr = port->v4};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port->host), .sin6_addr = port->v6};
    if (port->family != AF_INET) {
        if (peers_replace(fd, type, &v6, port->family == AF_INET6)) return true;
        if (port->family == AF_INET6 || (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL)) return false;
    }
    return syscall(SYS_bind, fd, &v4, sizeof v4) == 0;
}

static void report_taken(const struct net_port *port) {
    char text[NET_PORT_TEXT];
    net_port_text(port, text);
    fprintf(stderr, "box-vmm: port %s is already in use\n", text);
}

/* Outgoing datagrams use a port that the kernel chooses, not one that libslirp asks for. */
static int bind_client(int fd, const struct sockaddr *address, socklen_t length) {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (!answers_close(fd)) return -1;
    if (net_read_v4(address, length, &v4)) {
        v4.sin_port = 0;
        return (int)syscall(SYS_bind, fd, &v4, sizeof v4);
    }
    if (!net_read_v6(address, length, &v6)) return refuse(EPERM);
    v6.sin6_port = 0;
    return (int)syscall(SYS_bind, fd, &v6, sizeof v6);
}

static bool leads_to_resolver(const struct net_policy *policy, const struct sockaddr *peer, socklen_t length) {
    const struct net_policy shown = {.resolver.s_addr = htonl(NET_RESOLVER)};
    return policy->resolver.s_addr != htonl(INADDR_ANY) && net_is_resolver(&shown, peer, length);
}

/* The guest's loopback stays in the guest. */
socklen_t net_redirect(int socket, const struct sockaddr *peer, socklen_t length, struct sockaddr_storage *real) {
    const struct net_policy *policy = net_policy_enforced();
    if (policy == NULL) return 0;
    if (leads_to_resolver(policy, peer, length)) {
        const struct sockaddr_in resolver = {
            .sin_family = AF_INET, .sin_port = htons(NET_DNS_PORT), .sin_addr = policy->resolver};
        memcpy(real, &resolver, sizeof resolver);
        return sizeof resolver;
    }
    if (net_type_of(socket) != SOCK_DGRAM) return 0;
    socklen_t answer = peers_answer(socket, peer, length, real);
    if (answer != 0 || net_policy_refusal(policy, peer, length) != 0) return answer;
    return peers_fit(socket, peer, length, real);
}

/*
 * If a connection fails immediately, libslirp 4.7 answers from within its input function, and
 * dereferences NULL if it does not know the guest's link-layer address yet, as is usual with IPv6. A later failure takes
 * another path, with the same result for the guest.
 */
bool net_fails_later(int socket) {
    int reason = errno;
    int domain = AF_UNSPEC;
    socklen_t size = sizeof domain;
    bool stream = reason != EINPROGRESS && net_type_of(socket) == SOCK_STREAM &&
                  getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0;
    errno = reason;
    return stream && (domain == AF_INET6 || (domain == AF_INET && reason == ECONNREFUSED));
}

static bool is_ping(int socket) {
    int protocol = 0;
    socklen_t size = sizeof protocol;
    if (getsockopt(socket, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) != 0) return false;
    return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

__attribute__((visibility("default"))) int bind(int fd, const struct sockaddr *address, socklen_t length) {
    struct sockaddr_in v4;
    int type = net_type_of(fd);
    /* Unix and netlink sockets belong to the program itself. */
    if (address == NULL || address->sa_family == AF_UNIX || address->sa_family == AF_NETLINK || is_ping(fd)) {
        return (int)syscall(SYS_bind, fd, address, length);
    }
    const struct net_port *port = net_read_v4(address, length, &v4) ? find_published(type, v4.sin_addr) : NULL;
    if (port == NULL) return type == SOCK_DGRAM ? bind_client(fd, address, length) : refuse(EPERM);
    if (bind_published(fd, type, port) && (type != SOCK_DGRAM || answers_open(fd))) return 0;
    int reason = errno;
    if (reason == EADDRINUSE) report_taken(port);
    return refuse(reason);
}

/* libslirp asks for a queue of one, with which most of many simultaneous clients would have to retry. */
__attribute__((visibility("default"))) int listen(int fd, int backlog) {
    (void)backlog;
    return (int)syscall(SYS_listen, fd, SOMAXCONN);
}
