#define _GNU_SOURCE
#include "flows.h"

#include "answers.h"
#include "net_policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* By descriptor. Descriptors are reused, so the cookie shows whether it is still the same socket. */
struct flow {
    uint64_t cookie;
    in_port_t shown; /* 0: the real port */
    int listener;    /* descriptor + 1; 0: none */
};

struct listener {
    int fd;
    in_port_t port;
};

static struct flow *flows;
static size_t flow_count;
static struct listener *listeners;
static size_t listener_count;
static int peeked = -1;

static const struct flow *find(int fd) {
    if (fd < 0 || (size_t)fd >= flow_count || flows[fd].cookie == 0) return NULL;
    return answers_cookie(fd) == flows[fd].cookie ? &flows[fd] : NULL;
}

/* If out of memory, the flow is not recorded, and passt gives it up. */
static void keep(int fd, in_port_t shown, int listener) {
    if (fd < 0) return;
    size_t wanted = (size_t)fd + 1;
    if (wanted > flow_count) {
        struct flow *longer = reallocarray(flows, wanted, sizeof *flows);
        if (longer == NULL) return;
        memset(longer + flow_count, 0, (wanted - flow_count) * sizeof *flows);
        flows = longer;
        flow_count = wanted;
    }
    flows[fd] = (struct flow){.cookie = answers_cookie(fd), .shown = shown, .listener = listener};
}

void flows_note_client(int fd, in_port_t asked) { keep(fd, asked, 0); }

void flows_note_listener(int fd, in_port_t asked) {
    struct listener *longer = reallocarray(listeners, listener_count + 1, sizeof *listeners);
    if (longer == NULL) return;
    listeners = longer;
    listeners[listener_count++] = (struct listener){.fd = fd, .port = asked};
}

void flows_peeked(int fd) { peeked = fd; }

int flows_new_client_of(in_port_t asked) {
    int fd = peeked;
    peeked = -1;
    for (size_t i = 0; i < listener_count; i++) {
        if (fd >= 0 && listeners[i].fd == fd && listeners[i].port == asked) return fd;
    }
    return -1;
}

static bool set_reuse(int fd, int reuse) { return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) == 0; }

/*
 * An IPv6 socket may also receive from IPv4 peers, if the policy allows it. passt does not know the destination address of
 * such a datagram and creates an IPv6 socket for the client.
 */
static bool same_families(int fd, int listener) {
    int only = 0;
    socklen_t size = sizeof only;
    if (getsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &only, &size) != 0) return true;
    return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) == 0;
}

bool flows_bind(int fd, int listener) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int before = 0;
    socklen_t size = sizeof before;
    if (!answers_close(fd) || !same_families(fd, listener) || !set_reuse(fd, 1) ||
        syscall(SYS_getsockname, listener, &address, &length) != 0 ||
        getsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &before, &size) != 0 || !set_reuse(listener, 1)) {
        return false;
    }
    bool bound = syscall(SYS_bind, fd, &address, length) == 0;
    int reason = errno;
    bool restored = set_reuse(listener, before);
    errno = reason;
    if (bound) keep(fd, 0, listener + 1);
    return bound && restored;
}

bool flows_is_client(int fd) {
    const struct flow *flow = find(fd);
    return flow != NULL && flow->listener == 0;
}

int flows_listener_of(int fd) {
    const struct flow *flow = find(fd);
    return flow == NULL || flow->listener == 0 ? fd : flow->listener - 1;
}

bool flows_shown_port(int fd, in_port_t *port) {
    const struct flow *flow = find(fd);
    if (flow == NULL || flow->shown == 0) return false;
    *port = flow->shown;
    return true;
}
