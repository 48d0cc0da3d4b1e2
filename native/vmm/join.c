#define _GNU_SOURCE
#include "join.h"

#include "../switch/segment.h"
#include "descriptors.h"
#include "die.h"
#include "verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A switch may end while somebody comes, and of two that are started at once one is in the other's way. */
enum { TRIES = 1000, PAUSE_US = 10000, ANSWER_LIMIT_S = 30, BACKLOG = 64 };

/* Abstract: it is gone with the switch, however that ends. */
static struct sockaddr_un abstract_address(const char *name, socklen_t *size) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    if (length > sizeof address.sun_path - 1) die("the network's address is longer than 107 bytes: %s", name);
    memcpy(address.sun_path + 1, name, length);
    *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
    return address;
}

static int make_socket(void) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) die_errno("cannot make a socket");
    return above(fd, false);
}

/* Anybody on this host may have taken the address. */
static void expect_own(int stream, const char *name) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(stream, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) die_errno("cannot see who has the network");
    if (peer.uid != geteuid()) die("the network's address %s belongs to another user", name);
}

/* The stream of a switch that listens, or -1. */
static int connect_to(const char *name) {
    socklen_t size = 0;
    struct sockaddr_un address = abstract_address(name, &size);
    int fd = make_socket();
    if (connect(fd, (struct sockaddr *)&address, size) == 0) {
        expect_own(fd, name);
        return fd;
    }
    if (errno != ECONNREFUSED) die_errno("cannot connect to the network %s", name);
    close(fd);
    return -1;
}

/* The socket of a new switch, or -1 when another one has just been made. */
static int listen_as(const char *name) {
    socklen_t size = 0;
    struct sockaddr_un address = abstract_address(name, &size);
    int fd = make_socket();
    if (bind(fd, (struct sockaddr *)&address, size) == 0) {
        if (listen(fd, BACKLOG) != 0) die_errno("cannot listen as the network %s", name);
        return fd;
    }
    if (errno != EADDRINUSE) die_errno("cannot make the network %s", name);
    close(fd);
    return -1;
}

/* It has the listener and nothing else of this process. */
static _Noreturn void execute_switch(const struct network *network, int listener) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) die_errno("cannot open /dev/null");
    for (int fd = 0; fd < SWITCH_LISTENER; fd++) {
        if (fd != STDERR_FILENO && dup2(null, fd) < 0) die_errno("cannot move a descriptor");
    }
    if (dup2(listener, SWITCH_LISTENER) < 0 || close_range(SWITCH_LISTENER + 1, ~0U, 0) != 0) {
        die_errno("cannot move a descriptor");
    }
    char *const nothing[] = {NULL};
    execle("/proc/self/exe", "box-vmm", "switch", network->address, network->subnet, (char *)NULL, nothing);
    die_errno("cannot execute /proc/self/exe");
}

/* The stream of a new switch, or -1 when another one has just been made. */
static int start_switch(const struct network *network) {
    int listener = listen_as(network->address);
    if (listener < 0) return -1;
    /* Before it runs, since it ends when nobody is there. */
    int stream = connect_to(network->address);
    if (stream < 0) die("cannot connect to the network's own socket");
    pid_t child = fork();
    if (child < 0) die_errno("cannot fork");
    if (child == 0) execute_switch(network, listener);
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) die_errno("cannot wait for a process");
    }
    if (status != 0) die("the network's switch cannot be started");
    close(listener);
    return stream;
}

static bool read_whole(int fd, uint8_t *bytes, size_t length) {
    while (length > 0) {
        ssize_t got = recv(fd, bytes, length, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) die("the network's switch does not answer");
        if (got <= 0) return false;
        bytes += got;
        length -= (size_t)got;
    }
    return true;
}

/* The names' frame. */
static size_t write_hello(const struct network *network, uint8_t *hello, size_t size) {
    size_t used = LENGTH_BYTES;
    for (size_t i = 0; i < network->name_count; i++) {
        size_t length = strlen(network->names[i]) + 1;
        if (length > size - used) die("the box's names are too long for a network");
        memcpy(hello + used, network->names[i], length);
        used += length;
    }
    size_t payload = used - LENGTH_BYTES;
    hello[0] = hello[1] = 0;
    hello[2] = (uint8_t)(payload >> 8);
    hello[3] = (uint8_t)payload;
    return used;
}

/* False when the switch has ended meanwhile. */
static bool say_hello(const struct network *network, struct place *place) {
    uint8_t hello[LENGTH_BYTES + NAMES_ROOM - 2];
    size_t length = write_hello(network, hello, sizeof hello);
    struct timeval limit = {.tv_sec = ANSWER_LIMIT_S};
    if (setsockopt(place->stream, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0) die_errno("cannot set a limit");
    if (send(place->stream, hello, length, MSG_NOSIGNAL) != (ssize_t)length) return false;
    uint8_t head[LENGTH_BYTES];
    uint8_t answer[ADDRESS_BYTES + 1 + MAC_BYTES];
    if (!read_whole(place->stream, head, sizeof head)) return false;
    if (head[3] != sizeof answer) die("the network is full: %d boxes are on it", LAST_NUMBER - FIRST_NUMBER + 1);
    if (!read_whole(place->stream, answer, sizeof answer)) return false;
    const uint8_t *mac = answer + ADDRESS_BYTES + 1;
    snprintf(place->address, sizeof place->address, "%d.%d.%d.%d/%d", answer[0], answer[1], answer[2], answer[3], answer[4]);
    snprintf(place->mac, sizeof place->mac, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    limit.tv_sec = 0;
    if (setsockopt(place->stream, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0) die_errno("cannot lift a limit");
    return true;
}

struct place join_network(const struct network *network) {
    for (int tries = 0; tries < TRIES; tries++) {
        struct place place = {.stream = connect_to(network->address)};
        if (place.stream < 0) place.stream = start_switch(network);
        if (place.stream >= 0 && say_hello(network, &place)) return place;
        if (place.stream >= 0) close(place.stream);
        usleep(PAUSE_US);
    }
    die("the network's switch ends again and again");
}
