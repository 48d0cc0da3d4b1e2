#define _GNU_SOURCE
#include "stack.h"

#include "../common/die.h"
#include "../switch/stream.h"
#include "../vmm/user-network.h"
#include "fragments.h"
#include "frames.h"
#include "screen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* The guest's addresses, as in src/net/guest-network.ts. */
enum { NETWORK = 0x0a000200, NETMASK = 0xffffff00, GUEST = 0x0a00020f };
static const struct in6_addr prefix6 = {.s6_addr = {0xfd, 0x10, 0, 2}};
const struct in6_addr stack_gateway6 = {.s6_addr = {0xfd, 0x10, 0, 2, [15] = 2}};
enum { PREFIX6_BITS = 64 };

/* Descriptors to wait for; the VMM's stream is the first. */
static struct pollfd *waits;
static size_t wait_count;
static size_t wait_room;

static struct slirp_library slirp;
static struct slirp *stack;
static struct inlet incoming;
static struct outgoing outgoing;

static ssize_t send_packet(const void *frame, size_t length, void *opaque) {
    (void)opaque;
    outgoing_add(&outgoing, frame, length);
    return (ssize_t)length;
}

static int64_t clock_get_ns(void *opaque) {
    (void)opaque;
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* A guest can cause any number of these. */
static void guest_error(const char *message, void *opaque) { (void)message, (void)opaque; }

/* libslirp's only timer would repeat router advertisements, but the agent sets the addresses. */
static void *timer_new(int id, void *of, void *opaque) {
    static char timer;
    (void)id, (void)of, (void)opaque;
    return &timer;
}

static void timer_free(void *timer, void *opaque) { (void)timer, (void)opaque; }

static void timer_mod(void *timer, int64_t expires, void *opaque) { (void)timer, (void)expires, (void)opaque; }

/* Descriptors are asked for before each wait. */
static void ignore_descriptor(int fd, void *opaque) { (void)fd, (void)opaque; }

static void ignore(void *opaque) { (void)opaque; }

static const struct slirp_callbacks callbacks = {
    .send_packet = send_packet,
    .guest_error = guest_error,
    .clock_get_ns = clock_get_ns,
    .timer_free = timer_free,
    .timer_mod = timer_mod,
    .register_poll_fd = ignore_descriptor,
    .unregister_poll_fd = ignore_descriptor,
    .notify = ignore,
    .timer_new_opaque = timer_new,
};

static struct in_addr address(uint32_t value) { return (struct in_addr){.s_addr = htonl(value)}; }

void stack_create(const struct slirp_library *library, const struct stack_settings *settings) {
    const struct slirp_config config = {
        .version = SLIRP_VERSION,
        .in_enabled = true,
        .vnetwork = address(NETWORK),
        .vnetmask = address(NETMASK),
        .vhost = address(NET_GATEWAY),
        .in6_enabled = settings->ipv6,
        .vprefix_addr6 = prefix6,
        .vprefix_len = PREFIX6_BITS,
        .vhost6 = stack_gateway6,
        .vdhcp_start = address(GUEST),
        .vnameserver = address(NET_RESOLVER),
        .if_mtu = settings->mtu,
        .if_mru = settings->mtu,
        /* The policy sends queries for this address to the resolver (user-network.c). */
        .disable_dns = true,
        .disable_dhcp = true,
    };
    slirp = *library;
    outgoing.stream = settings->stream;
    stack = slirp.create(&config, &callbacks, NULL);
    if (stack == NULL) die("the network needs libslirp 4.7 or later");
}

void stack_publish(const struct net_policy *policy) {
    for (size_t i = 0; i < policy->count; i++) {
        const struct net_port *port = &policy->ports[i];
        if (slirp.publish(stack, port->datagram, user_network_alias(i), port->host, address(GUEST), port->guest) == 0)
            continue;
        /* This has been reported already. */
        if (errno == EADDRINUSE) _exit(EXIT_DIED);
        die_errno("cannot publish port %u", port->host);
    }
}

static int add_wait(int fd, int events, void *opaque) {
    (void)opaque;
    if (wait_count == wait_room) {
        size_t more = wait_room == 0 ? 64 : 2 * wait_room;
        struct pollfd *longer = reallocarray(waits, more, sizeof *waits);
        if (longer == NULL) die_errno("no memory");
        waits = longer;
        wait_room = more;
    }
    /* Urgent data is carried in line. */
    int wanted = ((events & SLIRP_IN) != 0 ? POLLIN : 0) | ((events & SLIRP_OUT) != 0 ? POLLOUT : 0);
    waits[wait_count] = (struct pollfd){.fd = fd, .events = (short)wanted};
    return (int)wait_count++;
}

/* The peer has acknowledged nothing, not even a SYN. */
static bool never_connected(int fd) {
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    const size_t needed = offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && size >= needed && info.tcpi_bytes_acked == 0;
}

/*
 * If a connection fails for another reason than a refusal, for example because nobody has the address, libslirp reads the
 * error and forgets the connection, while the guest waits for 75 seconds. If libslirp sees only that it can write, it writes,
 * gets the error, and resets the guest's connection.
 */
static bool has_failed_to_connect(const struct pollfd *wait) {
    return (wait->events & POLLIN) == 0 && (wait->revents & POLLERR) != 0 && never_connected(wait->fd);
}

static int events_of(int index, void *opaque) {
    (void)opaque;
    int seen = waits[index].revents;
    if (has_failed_to_connect(&waits[index])) return SLIRP_OUT;
    return ((seen & POLLIN) != 0 ? SLIRP_IN : 0) | ((seen & POLLOUT) != 0 ? SLIRP_OUT : 0) |
           ((seen & POLLERR) != 0 ? SLIRP_ERROR : 0) | ((seen & POLLHUP) != 0 ? SLIRP_HANGUP : 0);
}

/* Returns false if the VMM has ended. */
static bool receive(void) {
    const uint8_t *frame = NULL;
    size_t length = 0;
    if (!inlet_fill(&incoming, outgoing.stream)) return false;
    while (inlet_next(&incoming, LARGEST_FRAME, &frame, &length)) {
        const uint8_t *whole = fragments_take(frame, &length);
        const uint8_t *admitted = whole == NULL ? NULL : screen_take(whole, length);
        if (admitted != NULL) slirp.input(stack, admitted, (int)length);
    }
    return true;
}

void stack_run(void) {
    for (;;) {
        uint32_t timeout = UINT32_MAX;
        wait_count = 0;
        add_wait(outgoing.stream, SLIRP_IN, NULL);
        slirp.fill(stack, &timeout, add_wait, NULL);
        int found = poll(waits, wait_count, timeout > INT32_MAX ? -1 : (int)timeout);
        if (found < 0 && errno != EINTR) die_errno("cannot wait for the guest");
        if (found < 0) continue;
        bool frames = waits[0].revents != 0;
        /* First, because frames open and close sockets. */
        slirp.poll(stack, 0, events_of, NULL);
        if (frames && !receive()) return;
        outgoing_send(&outgoing);
    }
}
