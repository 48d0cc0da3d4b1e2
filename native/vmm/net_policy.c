/*
 * What a guest's sockets may reach. With libkrun's TSI and with QEMU's user-mode network, sockets of the guest are
 * sockets of the VMM's process; the functions at the end stand before those of the C library, for box-vmm (exported by
 * the program) and for QEMU (libboxnet.so, preloaded).
 */
#define _GNU_SOURCE
#include "net_policy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Libraries call connect() with nothing but its arguments, so the policy has to be found from here. */
static const struct net_policy *enforced;

void net_policy_enforce(const struct net_policy *policy) {
    __atomic_store_n(&enforced, policy, __ATOMIC_RELEASE);
}

const struct net_policy *net_policy_enforced(void) {
    return __atomic_load_n(&enforced, __ATOMIC_ACQUIRE);
}

static bool parse_port(const char *text, uint16_t *port) {
    if (text[0] < '0' || text[0] > '9') return false;
    char *end = NULL;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < 1 || value > UINT16_MAX) return false;
    *port = (uint16_t)value;
    return true;
}

bool net_port_parse(struct net_port *port, const char *address, const char *host, const char *guest) {
    memset(port, 0, sizeof *port);
    if (!parse_port(host, &port->host) || !parse_port(guest, &port->guest)) return false;
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

/* sockaddr structures are copied out: what a library hands over need not be aligned. */
static bool read_v4(const struct sockaddr *address, socklen_t length, struct sockaddr_in *v4) {
    if (length < sizeof *v4 || address->sa_family != AF_INET) return false;
    memcpy(v4, address, sizeof *v4);
    return true;
}

static bool read_v6(const struct sockaddr *address, socklen_t length, struct sockaddr_in6 *v6) {
    if (length < sizeof *v6 || address->sa_family != AF_INET6) return false;
    memcpy(v6, address, sizeof *v6);
    return true;
}

bool net_port_of(const struct sockaddr *address, socklen_t length, uint16_t *port) {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (read_v4(address, length, &v4)) {
        *port = ntohs(v4.sin_port);
    } else if (read_v6(address, length, &v6)) {
        *port = ntohs(v6.sin6_port);
    } else {
        return false;
    }
    return true;
}

static bool v4_within(struct in_addr address, uint32_t network, unsigned bits) {
    return (ntohl(address.s_addr) ^ network) >> (32 - bits) == 0;
}

static struct in_addr mapped_v4(const struct in6_addr *v6) {
    struct in_addr v4;
    memcpy(&v4, v6->s6_addr + 12, sizeof v4);
    return v4;
}

bool net_is_loopback(const struct sockaddr *address, socklen_t length) {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (read_v4(address, length, &v4)) return v4_within(v4.sin_addr, INADDR_LOOPBACK & 0xff000000, 8);
    if (!read_v6(address, length, &v6)) return false;
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
        return v4_within(mapped_v4(&v6.sin6_addr), INADDR_LOOPBACK & 0xff000000, 8);
    }
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

/* 0.0.0.0 and :: as a destination are the host itself on Linux. */
static bool v4_is_host(struct in_addr address) {
    return v4_within(address, 0x00000000, 8) || v4_within(address, 0x7f000000, 8) || v4_within(address, 0xa9fe0000, 16);
}

static bool v6_is_host(const struct in6_addr *address) {
    if (IN6_IS_ADDR_V4MAPPED(address) || IN6_IS_ADDR_V4COMPAT(address)) return v4_is_host(mapped_v4(address));
    return IN6_IS_ADDR_UNSPECIFIED(address) || IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_LINKLOCAL(address);
}

int net_policy_refusal(const struct net_policy *policy, const struct sockaddr *peer, socklen_t length) {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    bool host = false;
    if (read_v4(peer, length, &v4)) {
        host = v4_is_host(v4.sin_addr);
    } else if (read_v6(peer, length, &v6)) {
        host = v6_is_host(&v6.sin6_addr);
    } else {
        /* AF_UNSPEC in particular: Linux takes it for AF_INET in a datagram's destination. */
        return EAFNOSUPPORT;
    }
    /* As if nothing listened there: what clients in the guest deal with at once. */
    return host && !policy->allow_host ? ECONNREFUSED : 0;
}

/* The address families that the policy is about; a VMM's own Unix sockets are not. */
static bool is_internet(int socket) {
    int domain = AF_UNSPEC;
    socklen_t length = sizeof domain;
    if (syscall(SYS_getsockopt, socket, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0) return false;
    return domain == AF_INET || domain == AF_INET6;
}

static int refusal(int socket, const struct sockaddr *peer, socklen_t length) {
    const struct net_policy *policy = net_policy_enforced();
    if (policy == NULL || peer == NULL || !is_internet(socket)) return 0;
    return net_policy_refusal(policy, peer, length);
}

__attribute__((visibility("default"))) int connect(int socket, const struct sockaddr *peer, socklen_t length) {
    struct sockaddr_storage own;
    socklen_t own_length = peer == NULL ? 0 : net_own_listener(socket, peer, length, &own);
    if (own_length != 0) return (int)syscall(SYS_connect, socket, &own, own_length);
    int refused = refusal(socket, peer, length);
    if (refused != 0) {
        errno = refused;
        return -1;
    }
    return (int)syscall(SYS_connect, socket, peer, length);
}

__attribute__((visibility("default"))) ssize_t sendto(int socket, const void *data, size_t size, int flags,
                                                      const struct sockaddr *peer, socklen_t length) {
    int refused = refusal(socket, peer, length);
    if (refused != 0) {
        errno = refused;
        return -1;
    }
    return syscall(SYS_sendto, socket, data, size, flags, peer, length);
}

__attribute__((visibility("default"))) ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
    int refused = refusal(socket, message->msg_name, message->msg_namelen);
    if (refused != 0) {
        errno = refused;
        return -1;
    }
    return syscall(SYS_sendmsg, socket, message, flags);
}
