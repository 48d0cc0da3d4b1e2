#define _GNU_SOURCE
#include "peers.h"

#include "../common/cleanup.h"
#include "closed.h"
#include "net_policy.h"
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A local peer that has sent a datagram: the guest may answer only those. */
struct peer {
    int fd; /* descriptor + 1; 0: empty slot */
    in_port_t port;
    struct in_addr shown;
    struct sockaddr_in6 real; /* large enough for IPv4 too */
};

enum { PEERS = 4096 };

static struct peer peers[PEERS];

/* Descriptors of replaced sockets that listen. There are few, and they are never closed. */
static int *replaced;
static size_t replaced_count;

static bool is_replaced(int fd) {
    for (size_t i = 0; i < replaced_count; i++) {
        if (replaced[i] == fd) return true;
    }
    return false;
}

static struct peer *place_of(int fd, in_port_t port) { return &peers[((unsigned)fd * 31U + ntohs(port)) % PEERS]; }

bool peers_replace(int fd, int type, const struct sockaddr_in6 *address, bool only) {
    int v6_only = only;
    int one = 1;
    int flags = fcntl(fd, F_GETFL);
    int closed = fcntl(fd, F_GETFD);
    if (flags < 0 || closed < 0) return false;
    int *longer = reallocarray(replaced, replaced_count + 1, sizeof *replaced);
    if (longer == NULL) return false;
    replaced = longer;
    cleanup_close int other = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
    if (other < 0) return false;
    bool done = setsockopt(other, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) == 0 &&
                (type != SOCK_STREAM || setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0) &&
                syscall(SYS_bind, other, address, sizeof *address) == 0 && fcntl(other, F_SETFL, flags) == 0 &&
                dup3(other, fd, (closed & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0) == fd;
    if (done) replaced[replaced_count++] = fd;
    return done;
}

static bool is_loopback(struct in_addr address) { return ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET; }

/*
 * The address that the user-mode network sees for a peer. Local peers become the gateway here, because QEMU would show
 * 127.0.0.1 to the guest if the last peer to be answered was a remote one.
 */
static struct sockaddr_in show(const struct sockaddr *peer, socklen_t length) {
    struct sockaddr_in shown = {.sin_family = AF_INET};
    struct sockaddr_in6 v6;
    if (!net_read_v4(peer, length, &shown) && net_read_v6(peer, length, &v6)) {
        shown.sin_port = v6.sin6_port;
        shown.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) shown.sin_addr = net_mapped_v4(&v6.sin6_addr);
    }
    if (is_loopback(shown.sin_addr)) shown.sin_addr.s_addr = htonl(NET_GATEWAY);
    return shown;
}

static void remember(int fd, const struct sockaddr *peer, socklen_t length, const struct sockaddr_in *shown) {
    if (length > sizeof(struct sockaddr_in6)) return;
    struct peer *place = place_of(fd, shown->sin_port);
    *place = (struct peer){.fd = fd + 1, .port = shown->sin_port, .shown = shown->sin_addr};
    memcpy(&place->real, peer, length);
}

socklen_t peers_answer(int fd, const struct sockaddr *peer, socklen_t length, struct sockaddr_storage *real) {
    struct sockaddr_in v4;
    if (!net_read_v4(peer, length, &v4)) return 0;
    const struct peer *place = place_of(fd, v4.sin_port);
    if (place->fd != fd + 1 || place->port != v4.sin_port) return 0;
    /* The user-mode network has replaced the gateway by the host's loopback. */
    if (is_loopback(v4.sin_addr)) v4.sin_addr.s_addr = htonl(NET_GATEWAY);
    if (place->shown.s_addr != v4.sin_addr.s_addr) return 0;
    memset(real, 0, sizeof *real);
    memcpy(real, &place->real, sizeof place->real);
    return place->real.sin6_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

socklen_t peers_fit(int fd, const struct sockaddr *peer, socklen_t length, struct sockaddr_storage *real) {
    struct sockaddr_in v4;
    if (!net_read_v4(peer, length, &v4) || !is_replaced(fd)) return 0;
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = v4.sin_port, .sin6_addr = net_map_v4(v4.sin_addr)};
    memset(real, 0, sizeof *real);
    memcpy(real, &v6, sizeof v6);
    return sizeof v6;
}

/* Stores an address in the caller's buffer as the kernel does: truncated to its size, with the full length. */
static void give(const struct sockaddr_in *shown, void *address, socklen_t *length) {
    memcpy(address, shown, *length < sizeof *shown ? *length : sizeof *shown);
    *length = sizeof *shown;
}

/* Records the peer of a datagram received by FD. Returns whether it is shown to the caller as another address, SHOWN. */
static bool receive(int fd, const struct sockaddr *peer, socklen_t length, struct sockaddr_in *shown) {
    uint16_t port = 0;
    if (!net_port_of(peer, length, &port)) return false;
    /* The user-mode network recognizes the resolver by its real address, and has its own address for it. */
    const struct net_policy *policy = net_policy_enforced();
    if (policy != NULL && net_is_resolver(policy, peer, length)) return false;
    if (!is_replaced(fd) && (peer->sa_family != AF_INET || !closed_has(peer, length))) return false;
    *shown = show(peer, length);
    bool local = shown->sin_addr.s_addr == htonl(NET_GATEWAY) || closed_has((struct sockaddr *)shown, sizeof *shown);
    if (local) remember(fd, peer, length, shown);
    return true;
}

__attribute__((visibility("default"))) int accept4(int fd, struct sockaddr *peer, socklen_t *length, int flags) {
    struct sockaddr_storage real = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof real;
    if (peer == NULL || length == NULL || !is_replaced(fd))
        return sockets_keep((int)syscall(SYS_accept4, fd, peer, length, flags), SOCK_STREAM);
    int connection = sockets_keep((int)syscall(SYS_accept4, fd, &real, &size, flags), SOCK_STREAM);
    if (connection < 0) return connection;
    struct sockaddr_in shown = show((struct sockaddr *)&real, size);
    give(&shown, peer, length);
    return connection;
}

__attribute__((visibility("default"))) int accept(int fd, struct sockaddr *peer, socklen_t *length) {
    return accept4(fd, peer, length, 0);
}

/* Returns the address that the caller believes to have bound, because it checks the family. */
__attribute__((visibility("default"))) int getsockname(int fd, struct sockaddr *own, socklen_t *length) {
    struct sockaddr_storage real = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof real;
    if (!is_replaced(fd)) return (int)syscall(SYS_getsockname, fd, own, length);
    if (syscall(SYS_getsockname, fd, &real, &size) != 0) return -1;
    struct sockaddr_in shown = show((struct sockaddr *)&real, size);
    give(&shown, own, length);
    return 0;
}

__attribute__((visibility("default"))) ssize_t recvfrom(int fd, void *data, size_t size, int flags,
                                                        struct sockaddr *peer, socklen_t *length) {
    struct sockaddr_storage real = {.ss_family = AF_UNSPEC};
    socklen_t real_length = sizeof real;
    struct sockaddr_in shown;
    if (peer == NULL || length == NULL) return syscall(SYS_recvfrom, fd, data, size, flags, peer, length);
    ssize_t got = syscall(SYS_recvfrom, fd, data, size, flags, &real, &real_length);
    if (got < 0) return got;
    if (receive(fd, (struct sockaddr *)&real, real_length, &shown)) {
        give(&shown, peer, length);
    } else {
        memcpy(peer, &real, *length < real_length ? *length : real_length);
        *length = real_length;
    }
    return got;
}
