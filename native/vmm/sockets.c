#define _GNU_SOURCE
#include "sockets.h"

#include "die.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* RESERVE: for other files, and for a connection that is accepted only to be closed. */
enum { MOST = 8192, RESERVE = 16 };

/* Datagram sockets live long, and leave room for connections. */
static int most;
static int most_datagrams;
static bool *is_datagram;
static int datagrams;

void sockets_limit(size_t published) {
    struct rlimit value;
    if (getrlimit(RLIMIT_NOFILE, &value) != 0) die_errno("cannot read the limit on open files");
    if (value.rlim_max > MOST + published) value.rlim_max = MOST + published;
    value.rlim_cur = value.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &value) != 0) die_errno("cannot set the limit on open files");
    is_datagram = calloc(value.rlim_max, sizeof *is_datagram);
    if (is_datagram == NULL) die_errno("no memory");
    most = (int)value.rlim_max - RESERVE;
    most_datagrams = (most + (int)published) / 2;
}

static int refuse(int socket) {
    syscall(SYS_close, socket);
    errno = EMFILE;
    return -1;
}

/* The kernel uses the lowest free number. */
int sockets_keep(int socket, int type) {
    if (socket < 0 || is_datagram == NULL) return socket;
    if (socket >= most || (type == SOCK_DGRAM && datagrams >= most_datagrams)) return refuse(socket);
    if (type == SOCK_DGRAM) {
        is_datagram[socket] = true;
        datagrams++;
    }
    return socket;
}

__attribute__((visibility("default"))) int socket(int domain, int type, int protocol) {
    return sockets_keep((int)syscall(SYS_socket, domain, type, protocol), type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK));
}

__attribute__((visibility("default"))) int close(int fd) {
    if (fd >= 0 && fd < most && is_datagram[fd]) {
        is_datagram[fd] = false;
        datagrams--;
    }
    return (int)syscall(SYS_close, fd);
}
