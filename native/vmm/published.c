/*
 * Published ports over libkrun's TSI. A listen() in the guest makes libkrun call socket(), bind() and listen() here. The
 * functions at the end override those of the C library and allow published ports, with their address replaced by the one
 * given in the options. Anything else is refused, and the guest's kernel then listens only inside the guest.
 */
#define _GNU_SOURCE
#include "published.h"

#include "../common/cleanup.h"
#include "../common/io.h"
#include "answers.h"
#include "die.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A listener of the guest: libkrun's descriptor, which may have been closed; the inode shows whether it is still the same. */
struct listener {
    int fd;
    ino_t inode;
};

/* The sockets that hold one published port. */
struct holder {
    int reserved[2]; /* bound, never listening; -1: none */
    struct listener v4;
    struct listener v6;
};

/* Global, because libkrun calls bind() with no other context, from several threads. */
static struct holder *holders;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int real_bind(int fd, const struct sockaddr *address, socklen_t length) {
    return (int)syscall(SYS_bind, fd, address, length);
}

static int real_listen(int fd, int backlog) { return (int)syscall(SYS_listen, fd, backlog); }

static bool set_option(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/* The address to listen on, in the socket's family: IPv4 on an IPv6 socket is a mapped address. */
static socklen_t host_address(const struct net_port *port, sa_family_t family, struct sockaddr_storage *out) {
    memset(out, 0, sizeof *out);
    if (family == AF_INET) {
        struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port->host)};
        if (port->family == AF_INET) v4.sin_addr = port->v4;
        memcpy(out, &v4, sizeof v4);
        return sizeof v4;
    }
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port->host)};
    if (port->family == AF_INET6) v6.sin6_addr = port->v6;
    if (port->family == AF_INET) {
        v6.sin6_addr.s6_addr[10] = v6.sin6_addr.s6_addr[11] = 0xff;
        memcpy(v6.sin6_addr.s6_addr + 12, &port->v4, sizeof port->v4);
    }
    memcpy(out, &v6, sizeof v6);
    return sizeof v6;
}

static _Noreturn void report_unusable(const struct net_port *port) {
    int reason = errno;
    char text[NET_PORT_TEXT];
    net_port_text(port, text);
    if (reason == EADDRINUSE) die("port %s is already in use", text);
    errno = reason;
    die_errno("cannot listen on %s", text);
}

/*
 * With SO_REUSEADDR, the port can be bound while connections of an earlier box linger, and again by the guest's listener.
 * Switched off afterwards, it keeps all other processes from listening there. Listening briefly makes the kernel check
 * whether others hold the port in the same way.
 */
static int reserve(const struct net_port *port, sa_family_t family) {
    struct sockaddr_storage address;
    socklen_t length = host_address(port, family, &address);
    cleanup_close int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || !set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) ||
        (family == AF_INET6 && !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) ||
        real_bind(fd, (struct sockaddr *)&address, length) != 0 || real_listen(fd, 0) != 0 ||
        !set_option(fd, SOL_SOCKET, SO_REUSEADDR, 0) || shutdown(fd, SHUT_RD) != 0) {
        return -1;
    }
    return take_fd(&fd);
}

void published_take(const struct net_policy *policy) {
    holders = calloc(policy->count + 1, sizeof *holders);
    if (holders == NULL) die_errno("no memory");
    for (size_t i = 0; i < policy->count; i++) {
        const struct net_port *port = &policy->ports[i];
        if (port->datagram) die("--publish: libkrun's TSI has no UDP ports");
        holders[i] = (struct holder){.reserved = {-1, -1}, .v4 = {.fd = -1}, .v6 = {.fd = -1}};
        holders[i].reserved[0] = reserve(port, port->family == AF_INET6 ? AF_INET6 : AF_INET);
        if (holders[i].reserved[0] < 0) report_unusable(port);
        if (port->family != AF_UNSPEC) continue;
        holders[i].reserved[1] = reserve(port, AF_INET6);
        /* On a host without IPv6, every address means IPv4 only. */
        if (holders[i].reserved[1] < 0 && errno == EADDRINUSE) report_unusable(port);
    }
}

static void share(const struct holder *holder, bool shared) {
    for (size_t i = 0; i < 2; i++) {
        if (holder->reserved[i] >= 0) set_option(holder->reserved[i], SOL_SOCKET, SO_REUSEADDR, shared);
    }
}

static bool lives(const struct listener *listener) {
    struct stat status;
    return listener->fd >= 0 && fstat(listener->fd, &status) == 0 && status.st_ino == listener->inode;
}

static void stop(const struct listener *listener) {
    if (lives(listener)) shutdown(listener->fd, SHUT_RD);
}

/* libkrun sets SO_REUSEPORT, with which other processes of the same user could share the port. */
static bool prepare(int fd, sa_family_t family, bool v6_only) {
    return set_option(fd, SOL_SOCKET, SO_REUSEPORT, 0) && set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) &&
           (family == AF_INET || set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, v6_only));
}

/*
 * Binds the socket that libkrun has created for a listener of the guest to a published port. libkrun keeps the socket of a
 * killed server for some seconds; its successor takes over without waiting. If a server listens on separate sockets for
 * both families, both are bound for every address, and only the IPv4 one for a single IPv4 address.
 */
static int bind_published(int fd, sa_family_t family, const struct net_port *port, struct holder *holder) {
    bool beside = family == AF_INET6 && lives(&holder->v4);
    /* An IPv4 socket cannot listen on an IPv6 address. */
    if (family == AF_INET && port->family == AF_INET6) return refuse(EPERM);
    if (beside && port->family == AF_INET) return refuse(EPERM);
    struct stat status;
    struct sockaddr_storage address;
    socklen_t length = host_address(port, family, &address);
    if (fstat(fd, &status) != 0 || !prepare(fd, family, beside || port->family == AF_INET6)) return -1;
    stop(&holder->v6);
    if (family == AF_INET) stop(&holder->v4);
    share(holder, true);
    if (real_bind(fd, (struct sockaddr *)&address, length) != 0) {
        int reason = errno;
        share(holder, false);
        return refuse(reason);
    }
    *(family == AF_INET ? &holder->v4 : &holder->v6) = (struct listener){.fd = fd, .inode = status.st_ino};
    return 0;
}

static int bind_stream(int fd, const struct sockaddr *address, socklen_t length, const struct net_policy *policy) {
    uint16_t guest = 0;
    /* A listener on the guest's loopback is only for the guest. */
    if (!net_port_of(address, length, &guest) || net_is_loopback(address, length)) return refuse(EPERM);
    for (size_t i = 0; i < policy->count; i++) {
        if (policy->ports[i].datagram || policy->ports[i].guest != guest) continue;
        pthread_mutex_lock(&lock);
        int result = bind_published(fd, address->sa_family, &policy->ports[i], &holders[i]);
        pthread_mutex_unlock(&lock);
        return result;
    }
    return refuse(EPERM);
}

/* Redirects from the guest's loopback to a server that listens on the host, which could not be reached otherwise. */
static socklen_t own_listener(const struct net_policy *policy, const struct sockaddr *peer, socklen_t length,
                              struct sockaddr_storage *real) {
    uint16_t guest = 0;
    if (!net_is_loopback(peer, length) || !net_port_of(peer, length, &guest)) return 0;
    for (size_t i = 0; i < policy->count; i++) {
        if (policy->ports[i].datagram || policy->ports[i].guest != guest) continue;
        pthread_mutex_lock(&lock);
        /* An IPv6-only listener has IPv4 clients too, if the port's address allows it. */
        bool v6 = lives(&holders[i].v6);
        bool listens = v6 || lives(&holders[i].v4);
        bool reachable = peer->sa_family == AF_INET6 ? v6 : policy->ports[i].family != AF_INET6;
        pthread_mutex_unlock(&lock);
        return listens && reachable ? host_address(&policy->ports[i], peer->sa_family, real) : 0;
    }
    return 0;
}

/*
 * Implements the addresses that the user-mode network has for the host and its resolver: they lead to the
 * host's loopback, which has no address of its own in the guest.
 */
static socklen_t host_service(const struct net_policy *policy, const struct sockaddr *peer, socklen_t length,
                              struct sockaddr_storage *real) {
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6;
    bool mapped = net_read_v6(peer, length, &v6) && IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
    if (mapped) {
        v4.sin_addr = net_mapped_v4(&v6.sin6_addr);
        v4.sin_port = v6.sin6_port;
    } else if (!net_read_v4(peer, length, &v4)) {
        return 0;
    }
    bool resolver = policy->resolver.s_addr != htonl(INADDR_ANY) && v4.sin_addr.s_addr == htonl(NET_RESOLVER) &&
                    v4.sin_port == htons(NET_DNS_PORT);
    bool gateway = policy->allow_host && v4.sin_addr.s_addr == htonl(NET_GATEWAY);
    if (!resolver && !gateway) return 0;
    v4.sin_addr.s_addr = resolver ? policy->resolver.s_addr : htonl(INADDR_LOOPBACK);
    memset(real, 0, sizeof *real);
    if (!mapped) {
        memcpy(real, &v4, sizeof v4);
        return sizeof v4;
    }
    v6.sin6_addr = net_map_v4(v4.sin_addr);
    memcpy(real, &v6, sizeof v6);
    return sizeof v6;
}

socklen_t net_redirect(int socket, const struct sockaddr *peer, socklen_t length, struct sockaddr_storage *real) {
    const struct net_policy *policy = net_policy_enforced();
    if (policy == NULL) return 0;
    socklen_t own = net_type_of(socket) == SOCK_STREAM ? own_listener(policy, peer, length, real) : 0;
    return own != 0 ? own : host_service(policy, peer, length, real);
}

bool net_fails_later(int socket) {
    (void)socket;
    return false;
}

__attribute__((visibility("default"))) int bind(int fd, const struct sockaddr *address, socklen_t length) {
    const struct net_policy *policy = net_policy_enforced();
    if (policy == NULL) return real_bind(fd, address, length);
    int type = 0;
    uint16_t port = 0;
    socklen_t size = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return -1;
    if (type == SOCK_STREAM) return bind_stream(fd, address, length, policy);
    /* For a datagram socket that only sends. */
    if (net_port_of(address, length, &port) && port == 0)
        return answers_close(fd) ? real_bind(fd, address, length) : -1;
    return refuse(EPERM);
}

__attribute__((visibility("default"))) int listen(int fd, int backlog) {
    int result = real_listen(fd, backlog);
    int reason = errno;
    const struct net_policy *policy = net_policy_enforced();
    pthread_mutex_lock(&lock);
    for (size_t i = 0; policy != NULL && i < policy->count; i++) {
        if (holders[i].v4.fd == fd || holders[i].v6.fd == fd) share(&holders[i], false);
    }
    pthread_mutex_unlock(&lock);
    errno = reason;
    return result;
}

/*
 * While the guest runs, new sockets are the guest's. TSI supports Unix sockets too, through which a guest could reach
 * whatever its user can reach on the host.
 */
__attribute__((visibility("default"))) int socket(int domain, int type, int protocol) {
    if (net_policy_enforced() != NULL) {
        int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
        bool internet = domain == AF_INET || domain == AF_INET6;
        if (!internet || (kind != SOCK_STREAM && kind != SOCK_DGRAM)) return refuse(EPERM);
    }
    return (int)syscall(SYS_socket, domain, type, protocol);
}
