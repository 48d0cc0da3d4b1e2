/*
 * libboxnet.so: the network policy for QEMU's user-mode network and for passt, into which it is preloaded. The policy is in
 * an environment variable; if it is missing or malformed, they do not start.
 */
#define _GNU_SOURCE
#include "../common/cleanup.h"
#include "../common/io.h"
#include "answers.h"
#include "die.h"
#include "flows.h"
#include "net_policy.h"
#include "peers.h"
#include "reset.h"
#include "seal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* 127.127.0.0: addresses from here on stand for the published ports. */
#define LOOPBACK_ALIASES 0x7f7f0000U

static struct net_policy policy;

static bool parse(const char *text) {
    cleanup_free char *words = strdup(text);
    if (words == NULL) return false;
    size_t room = 1;
    for (const char *at = text; *at != '\0'; at++) room += *at == ' ';
    policy.ports = calloc(room, sizeof *policy.ports);
    char *rest = NULL;
    const char *allow = strtok_r(words, " ", &rest);
    const char *resolver = strtok_r(NULL, " ", &rest);
    bool valid = policy.ports != NULL && allow != NULL && (strcmp(allow, "0") == 0 || strcmp(allow, "1") == 0) &&
                 resolver != NULL && net_resolver_parse(&policy, resolver);
    policy.allow_host = valid && allow[0] == '1';
    while (valid) {
        const char *port[4];
        for (size_t i = 0; i < 4; i++) port[i] = i == 0 || port[i - 1] != NULL ? strtok_r(NULL, " ", &rest) : NULL;
        if (port[0] == NULL) break;
        valid = port[3] != NULL && net_port_parse(&policy.ports[policy.count], port);
        policy.count++;
    }
    return valid;
}

/*
 * The loader continues without a library that it may not preload; this byte confirms that the library is loaded. Sent only
 * once, because passt executes itself again, as the build for this processor.
 */
static void report_ready(void) {
    const char *text = getenv(NET_READY_VARIABLE);
    if (text == NULL) return;
    int fd = atoi(text);
    if (write(fd, "", 1) != 1 || close(fd) != 0 || unsetenv(NET_READY_VARIABLE) != 0) _exit(EXIT_HELPER);
}

__attribute__((constructor)) static void load_policy(void) {
    const char *text = getenv(NET_POLICY_VARIABLE);
    if (text == NULL || !parse(text)) {
        fprintf(stderr, "box-vmm: libboxnet.so: %s is not a network policy\n", NET_POLICY_VARIABLE);
        _exit(EXIT_HELPER);
    }
    net_policy_enforce(&policy);
    report_ready();
}

/* For the user-mode network, the host's address of a port is derived from its index in the list (docs/vmm-helper.md). */
static const struct net_port *find_published(int type, struct in_addr alias) {
    uint32_t index = ntohl(alias.s_addr) - LOOPBACK_ALIASES;
    if (index >= policy.count || policy.ports[index].datagram != (type == SOCK_DGRAM)) return NULL;
    return &policy.ports[index];
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
    char text[INET6_ADDRSTRLEN] = "0.0.0.0";
    if (port->family == AF_INET) inet_ntop(AF_INET, &port->v4, text, sizeof text);
    if (port->family == AF_INET6) inet_ntop(AF_INET6, &port->v6, text, sizeof text);
    const bool v6 = port->family == AF_INET6;
    fprintf(stderr, "box-vmm: port %s%s%s:%u%s is already in use\n", v6 ? "[" : "", text, v6 ? "]" : "", port->host,
            port->datagram ? "/udp" : "");
}

static bool is_passt(void) { return strcmp(program_invocation_short_name, "passt") == 0; }

/* Outgoing datagrams use a port that the kernel chooses; passt would use the guest's. */
static int bind_client(int fd, const struct sockaddr *address, socklen_t length) {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (!answers_close(fd)) return -1;
    in_port_t asked = 0;
    int bound = -1;
    if (net_read_v4(address, length, &v4)) {
        asked = v4.sin_port;
        v4.sin_port = 0;
        bound = (int)syscall(SYS_bind, fd, &v4, sizeof v4);
    } else {
        if (!net_read_v6(address, length, &v6)) return refuse(EPERM);
        asked = v6.sin6_port;
        v6.sin6_port = 0;
        bound = (int)syscall(SYS_bind, fd, &v6, sizeof v6);
    }
    if (bound == 0 && is_passt()) flows_note_client(fd, asked);
    return bound;
}

static int bind_datagram(int fd, const struct sockaddr *address, socklen_t length) {
    uint16_t asked = 0;
    bool known = net_port_of(address, length, &asked);
    int listener = known ? flows_new_client_of(htons(asked)) : -1;
    if (listener < 0) return bind_client(fd, address, length);
    return flows_bind(fd, listener) ? 0 : -1;
}

/* Under QEMU, the guest's loopback stays in the guest. */
socklen_t net_redirect(int socket, const struct sockaddr *peer, socklen_t length, struct sockaddr_storage *real) {
    if (net_is_resolver(&policy, peer, length)) {
        memcpy(real, peer, sizeof(struct sockaddr_in));
        return sizeof(struct sockaddr_in);
    }
    if (net_type_of(socket) != SOCK_DGRAM) return 0;
    socklen_t answer = peers_answer(socket, peer, length, real);
    if (answer != 0 || net_policy_refusal(&policy, peer, length) != 0) return answer;
    return peers_fit(socket, peer, length, real);
}

/*
 * If a connection fails immediately, QEMU's user-mode network (libslirp 4.7) answers from within its input function, and
 * dereferences NULL if it does not know the guest's link-layer address yet, as is usual with IPv6. A later failure takes
 * another path, with the same result for the guest.
 */
bool net_fails_later(int socket) {
    int reason = errno;
    int domain = AF_UNSPEC;
    socklen_t size = sizeof domain;
    bool stream = reason != EINPROGRESS && strncmp(program_invocation_short_name, "qemu", 4) == 0 &&
                  net_type_of(socket) == SOCK_STREAM && getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0;
    errno = reason;
    return stream && (domain == AF_INET6 || (domain == AF_INET && reason == ECONNREFUSED));
}

/* Whether this is passt's stream of frames to the VMM. */
static bool carries_frames(int socket) {
    int domain = AF_UNSPEC;
    socklen_t size = sizeof domain;
    return is_passt() && getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

/*
 * When the stream is full, passt drops frames. Debian 12's never repeats a FIN that it has dropped, so that half-closed
 * connections stall and are reset after 16 seconds, and it may drop a frame whose length it has sent. The VMM never waits
 * for passt, so passt can wait for the VMM instead.
 */
static int until_sent(int flags) { return flags & ~MSG_DONTWAIT; }

int net_send_frames(int socket, const struct msghdr *message, int flags) {
    if (!carries_frames(socket)) return flags;
    reset_correct(message);
    return until_sent(flags);
}

__attribute__((visibility("default"))) ssize_t send(int socket, const void *data, size_t size, int flags) {
    return sendto(socket, data, size, carries_frames(socket) ? until_sent(flags) : flags, NULL, 0);
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
    if (port == NULL) return type == SOCK_DGRAM ? bind_datagram(fd, address, length) : refuse(EPERM);
    if (bind_published(fd, type, port) && (type != SOCK_DGRAM || answers_open(fd))) {
        if (type == SOCK_DGRAM) flows_note_listener(fd, v4.sin_port);
        return 0;
    }
    int reason = errno;
    if (reason == EADDRINUSE) report_taken(port);
    return refuse(reason);
}

/* The user-mode network asks for a queue of one, with which most of many simultaneous clients would have to retry. */
__attribute__((visibility("default"))) int listen(int fd, int backlog) {
    (void)backlog;
    return (int)syscall(SYS_listen, fd, SOMAXCONN);
}

/* Installing its filter is the last step of passt's own jail; afterwards only calls that passt itself needs are allowed. */
__attribute__((visibility("default"))) int prctl(int option, ...) {
    unsigned long words[4];
    va_list values;
    va_start(values, option);
    for (size_t i = 0; i < 4; i++) words[i] = va_arg(values, unsigned long);
    va_end(values);
    if (option == PR_SET_SECCOMP && is_passt() && !seal_files()) return -1;
    return (int)syscall(SYS_prctl, option, words[0], words[1], words[2], words[3]);
}
