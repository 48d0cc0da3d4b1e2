/*
 * The egress policy for a guest's sockets. The guest's sockets are sockets of the VMM (libkrun's TSI) or of the network
 * process (libslirp). The functions at the end override those of the C library for these libraries, because box-vmm and
 * box-network export them.
 */
#define _GNU_SOURCE
#include "net_policy.h"

#include "answers.h"
#include "closed.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Global, because libraries call connect() with no other context. */
static const struct net_policy *enforced;

void net_policy_enforce(const struct net_policy *policy) { __atomic_store_n(&enforced, policy, __ATOMIC_RELEASE); }

const struct net_policy *net_policy_enforced(void) { return __atomic_load_n(&enforced, __ATOMIC_ACQUIRE); }

static bool parse_port(const char *text, uint16_t *port) {
    if (text[0] < '0' || text[0] > '9') return false;
    char *end = NULL;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < 1 || value > UINT16_MAX) return false;
    *port = (uint16_t)value;
    return true;
}

void net_port_address(const struct net_port *port, const char *any, char text[INET6_ADDRSTRLEN]) {
    (void)snprintf(text, INET6_ADDRSTRLEN, "%s", any);
    if (port->family == AF_INET) inet_ntop(AF_INET, &port->v4, text, INET6_ADDRSTRLEN);
    if (port->family == AF_INET6) inet_ntop(AF_INET6, &port->v6, text, INET6_ADDRSTRLEN);
}

void net_port_text(const struct net_port *port, char text[NET_PORT_TEXT]) {
    char address[INET6_ADDRSTRLEN];
    bool v6 = port->family == AF_INET6;
    net_port_address(port, "0.0.0.0", address);
    (void)snprintf(text, NET_PORT_TEXT, "%s%s%s:%u%s", v6 ? "[" : "", address, v6 ? "]" : "", port->host,
                   port->datagram ? "/udp" : "");
}

bool net_port_parse(struct net_port *port, const char *const words[4]) {
    const char *address = words[1];
    memset(port, 0, sizeof *port);
    port->datagram = strcmp(words[0], "udp") == 0;
    if (!port->datagram && strcmp(words[0], "tcp") != 0) return false;
    if (!parse_port(words[2], &port->host) || !parse_port(words[3], &port->guest)) return false;
    if (strcmp(address, "*") == 0) {
        port->family = AF_UNSPEC;
    } else if (inet_pton(AF_INET, address, &port->v4) == 1) {
        port->family = AF_INET;
    } else if (inet_pton(AF_INET6, address, &port->v6) == 1) {
        port->family = AF_INET6;
    } else {
        return false;
    }
    return true;
}

bool net_resolver_parse(struct net_policy *policy, const char *text) {
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    if (inet_pton(AF_INET, text, &v4.sin_addr) != 1) return false;
    policy->resolver = v4.sin_addr;
    return closed_has((const struct sockaddr *)&v4, sizeof v4);
}

bool net_read_v4(const struct sockaddr *address, socklen_t length, struct sockaddr_in *v4) {
    if (length < sizeof *v4 || address->sa_family != AF_INET) return false;
    memcpy(v4, address, sizeof *v4);
    return true;
}

bool net_read_v6(const struct sockaddr *address, socklen_t length, struct sockaddr_in6 *v6) {
    if (length < sizeof *v6 || address->sa_family != AF_INET6) return false;
    memcpy(v6, address, sizeof *v6);
    return true;
}

bool net_port_of(const struct sockaddr *address, socklen_t length, uint16_t *port) {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (net_read_v4(address, length, &v4)) {
        *port = ntohs(v4.sin_port);
    } else if (net_read_v6(address, length, &v6)) {
        *port = ntohs(v6.sin6_port);
    } else {
        return false;
    }
    return true;
}

static bool v4_within(struct in_addr address, uint32_t network, unsigned bits) {
    return (ntohl(address.s_addr) ^ network) >> (32 - bits) == 0;
}

struct in_addr net_mapped_v4(const struct in6_addr *v6) {
    struct in_addr v4;
    memcpy(&v4, v6->s6_addr + 12, sizeof v4);
    return v4;
}

struct in6_addr net_map_v4(struct in_addr v4) {
    struct in6_addr v6 = {.s6_addr[10] = 0xff, .s6_addr[11] = 0xff};
    memcpy(v6.s6_addr + 12, &v4, sizeof v4);
    return v6;
}

bool net_is_loopback(const struct sockaddr *address, socklen_t length) {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (net_read_v4(address, length, &v4)) return v4_within(v4.sin_addr, INADDR_LOOPBACK & 0xff000000, 8);
    if (!net_read_v6(address, length, &v6)) return false;
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
        return v4_within(net_mapped_v4(&v6.sin6_addr), INADDR_LOOPBACK & 0xff000000, 8);
    }
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

bool net_is_resolver(const struct net_policy *policy, const struct sockaddr *address, socklen_t length) {
    struct sockaddr_in v4;
    return policy->resolver.s_addr != htonl(INADDR_ANY) && net_read_v4(address, length, &v4) &&
           v4.sin_addr.s_addr == policy->resolver.s_addr && v4.sin_port == htons(NET_DNS_PORT);
}

int net_policy_refusal(const struct net_policy *policy, const struct sockaddr *peer, socklen_t length) {
    uint16_t port = 0;
    /* In particular AF_UNSPEC, which Linux treats as AF_INET in a datagram's destination. */
    if (!net_port_of(peer, length, &port)) return EAFNOSUPPORT;
    /* As if nothing listened there, which clients in the guest handle immediately. */
    if (!closed_has(peer, length)) return 0;
    return policy->allow_host && closed_is_host(peer, length) ? 0 : ECONNREFUSED;
}

int net_type_of(int socket) {
    int type = -1;
    socklen_t length = sizeof type;
    return syscall(SYS_getsockopt, socket, SOL_SOCKET, SO_TYPE, &type, &length) == 0 ? type : -1;
}

/* The policy applies to these address families, and not to the VMM's own Unix sockets. */
static bool is_internet(int socket) {
    int domain = AF_UNSPEC;
    socklen_t length = sizeof domain;
    if (syscall(SYS_getsockopt, socket, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0) return false;
    return domain == AF_INET || domain == AF_INET6;
}

/* Replaces the destination by the real one. Returns false, with errno set, if the policy refuses it. */
static bool admit(int socket, const struct sockaddr **peer, socklen_t *length, struct sockaddr_storage *real) {
    const struct net_policy *policy = net_policy_enforced();
    if (policy == NULL || *peer == NULL || !is_internet(socket)) return true;
    socklen_t real_length = net_redirect(socket, *peer, *length, real);
    if (real_length != 0) {
        *peer = (struct sockaddr *)real;
        *length = real_length;
        return answers_admit(socket, *peer, *length);
    }
    int refused = net_policy_refusal(policy, *peer, *length);
    if (refused != 0) errno = refused;
    return refused == 0 && answers_admit(socket, *peer, *length);
}

__attribute__((visibility("default"))) int connect(int socket, const struct sockaddr *peer, socklen_t length) {
    struct sockaddr_storage real;
    if (admit(socket, &peer, &length, &real) && syscall(SYS_connect, socket, peer, length) == 0) return 0;
    if (net_fails_later(socket)) errno = EINPROGRESS;
    return -1;
}

__attribute__((visibility("default"))) ssize_t sendto(int socket, const void *data, size_t size, int flags,
                                                      const struct sockaddr *peer, socklen_t length) {
    struct sockaddr_storage real;
    if (!admit(socket, &peer, &length, &real)) return -1;
    return syscall(SYS_sendto, socket, data, size, flags, peer, length);
}

__attribute__((visibility("default"))) ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
    struct sockaddr_storage real;
    struct msghdr copy = *message;
    const struct sockaddr *peer = copy.msg_name;
    if (!admit(socket, &peer, &copy.msg_namelen, &real)) return -1;
    if (peer == (struct sockaddr *)&real) copy.msg_name = &real;
    return syscall(SYS_sendmsg, socket, &copy, flags);
}

/* Sends one by one, because each message may have its own destination. */
__attribute__((visibility("default"))) int sendmmsg(int socket, struct mmsghdr *messages, unsigned count, int flags) {
    unsigned sent = 0;
    for (; sent < count; sent++) {
        ssize_t size = sendmsg(socket, &messages[sent].msg_hdr, flags);
        if (size < 0) break;
        messages[sent].msg_len = (unsigned)size;
    }
    return sent == 0 && count > 0 ? -1 : (int)sent;
}
