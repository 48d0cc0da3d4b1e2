/*
 * Published ports over libkrun's TSI. A listen() in the guest makes libkrun call socket(), bind() and listen() here; the
 * functions at the end stand before those of the C library and let a published port through, with its address rewritten
 * to the one asked for. Anything else is refused, upon which the guest's kernel listens inside the guest alone.
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

/* A listener of the guest: libkrun's descriptor, which may long be closed; the inode tells whether it still is it. */
struct listener {
    int fd;
    ino_t inode;
};

/* What holds one published port. */
struct holder {
    int reserved[2]; /* bound, never listening; -1 */
    struct listener v4;
    struct listener v6;
};

/* libkrun calls bind() with nothing but its arguments, from several threads. */
static struct holder *holders;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int real_bind(int fd, const struct sockaddr *address, socklen_t length) {
    return (int)syscall(SYS_bind, fd, address, length);
}

static int real_listen(int fd, int backlog) { return (int)syscall(SYS_listen, fd, backlog); }

static bool set_option(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/* The address to listen on, in the family that the socket has: IPv4 on an IPv6 socket is a mapped address. */
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
    char text[INET6_ADDRSTRLEN] = "0.0.0.0";
    if (port->family == AF_INET) inet_ntop(AF_INET, &port->v4, text, sizeof text);
    if (port->family == AF_INET6) inet_ntop(AF_INET6, &port->v6, text, sizeof text);
    const bool v6 = port->family == AF_INET6;
    if (errno == EADDRINUSE) die("port %s%s%s:%u is already in use", v6 ? "[" : "", text, v6 ? "]" : "", port->host);
    die_errno("cannot listen on %s%s%s:%u", v6 ? "[" : "", text, v6 ? "]" : "", port->host);
}

/*
 * SO_REUSEADDR lets the port be had while connections of an earlier box linger, and lets the guest's listener have the
 * same port beside this socket; switched off, it keeps everybody else from listening there. The moment of listening
 * makes the kernel look for others that hold the port in the same way.
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
        /* A host without IPv6 has every address with IPv4 alone. */
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

/* libkrun asks for SO_REUSEPORT, with which the same user's processes would share the port. */
static bool prepare(int fd, sa_family_t family, bool v6_only) {
    return set_option(fd, SOL_SOCKET, SO_REUSEPORT, 0) && set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) &&
           (family == AF_INET || set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, v6_only));
}

/*
 * Gives a published port to the socket that libkrun has made for a listener of the guest. libkrun keeps the socket of a
 * server that was killed for some seconds, and its successor must not wait: it takes over. A server that listens with
 * both families, each on a socket of its own, has every address with both, and a single IPv4 address with IPv4.
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
    /* What listens on the guest's loopback is for the guest alone. */
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

/* A server that listens through the host is found under the guest's own loopback by this detour alone. */
static socklen_t own_listener(const struct net_policy *policy, const struct sockaddr *peer, socklen_t length,
                              struct sockaddr_storage *real) {
    uint16_t guest = 0;
    if (!net_is_loopback(peer, length) || !net_port_of(peer, length, &guest)) return 0;
    for (size_t i = 0; i < policy->count; i++) {
        if (policy->ports[i].datagram || policy->ports[i].guest != guest) continue;
        pthread_mutex_lock(&lock);
        /* A listener with IPv6 alone has IPv4 clients too, when the port's address allows. */
        bool v6 = lives(&holders[i].v6);
        bool listens = v6 || lives(&holders[i].v4);
        bool reachable = peer->sa_family == AF_INET6 ? v6 : policy->ports[i].family != AF_INET6;
        pthread_mutex_unlock(&lock);
        return listens && reachable ? host_address(&policy->ports[i], peer->sa_family, real) : 0;
    }
    return 0;
}

/*
 * The names that QEMU's user-mode network and passt have for the host and its resolver, here too: on the host they are
 * on its loopback, which in the guest is the guest's own.
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

void net_send_frames(int socket, const struct msghdr *message) { (void)socket, (void)message; }

__attribute__((visibility("default"))) int bind(int fd, const struct sockaddr *address, socklen_t length) {
    const struct net_policy *policy = net_policy_enforced();
    if (policy == NULL) return real_bind(fd, address, length);
    int type = 0;
    uint16_t port = 0;
    socklen_t size = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return -1;
    if (type == SOCK_STREAM) return bind_stream(fd, address, length, policy);
    /* A datagram socket that only sends. */
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
 * While the guest runs, sockets are the guest's. TSI knows Unix sockets too: through one, a guest would reach whatever
 * its user reaches on the host.
 */
__attribute__((visibility("default"))) int socket(int domain, int type, int protocol) {
    if (net_policy_enforced() != NULL) {
        int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
        bool internet = domain == AF_INET || domain == AF_INET6;
        if (!internet || (kind != SOCK_STREAM && kind != SOCK_DGRAM)) return refuse(EPERM);
    }
    return (int)syscall(SYS_socket, domain, type, protocol);
}
