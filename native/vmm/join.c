#define _GNU_SOURCE
#include "join.h"

#include "../common/bytes.h"
#include "../common/cleanup.h"
#include "../common/io.h"
#include "../common/own.h"
#include "../switch/stream.h"
#include "descriptors.h"
#include "die.h"
#include "verbs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Connecting is retried, because a switch may be ending at that moment. */
enum { TRIES = 1000, PAUSE_US = 10000, ANSWER_LIMIT_S = 30, BACKLOG = 64 };

int open_folder_of(const char *path, const char **name) {
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path || slash[1] == '\0') die("%s is not a valid path for a socket", path);
    size_t length = (size_t)(slash - path);
    if (length >= sizeof folder) die("the path is too long: %s", path);
    memcpy(folder, path, length);
    folder[length] = '\0';
    int fd = open_own_folder(folder);
    if (fd < 0 && errno == EPERM) die("the directory %s must belong to you and be closed to others", folder);
    if (fd < 0) die_errno("cannot open %s", folder);
    *name = slash + 1;
    return move_above(fd, false);
}

static int make_socket(void) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) die_errno("cannot create a socket");
    return move_above(fd, false);
}

static struct sockaddr_un address_of(const struct networks *networks, int folder) {
    struct sockaddr_un address;
    if (!address_in(folder, networks->name, &address)) die("the name of the socket is too long: %s", networks->path);
    return address;
}

/* Connects to a listening switch; -1 if none is running. */
static int connect_to(const struct networks *networks, int folder) {
    struct sockaddr_un address = address_of(networks, folder);
    cleanup_close int fd = make_socket();
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
        if (!is_own_peer(fd)) die("the switch %s belongs to another user", networks->path);
        return take_fd(&fd);
    }
    if (errno != ECONNREFUSED && errno != ENOENT) die_errno("cannot connect to the switch %s", networks->path);
    return -1;
}

/* Creates the socket of a new switch, and removes that of an earlier one that has ended. */
static int listen_as(const struct networks *networks, int folder) {
    struct sockaddr_un address = address_of(networks, folder);
    int fd = make_socket();
    if (unlinkat(folder, networks->name, 0) != 0 && errno != ENOENT) die_errno("cannot remove %s", networks->path);
    mode_t before = umask(0177);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
        die_errno("cannot create the switch %s", networks->path);
    umask(before);
    if (listen(fd, BACKLOG) != 0) die_errno("cannot listen at %s", networks->path);
    return fd;
}

/* Locks out other launches that would start a switch at the same time and replace this one's socket. */
static int take_turn(const struct networks *networks, int folder) {
    char name[NAME_MAX + 1];
    int length = snprintf(name, sizeof name, "%s.lock", networks->name);
    if (length < 0 || (size_t)length >= sizeof name) die("the name of the socket is too long: %s", networks->path);
    int lock = openat(folder, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) die_errno("cannot open the lock of the switch %s", networks->path);
    while (flock(lock, LOCK_EX) != 0) {
        if (errno != EINTR) die_errno("cannot lock the switch %s", networks->path);
    }
    return lock;
}

/* The switch gets the listener and no other descriptor of this process. */
static _Noreturn void execute_switch(const struct networks *networks, int listener) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) die_errno("cannot open /dev/null");
    for (int fd = 0; fd < SWITCH_LISTENER; fd++) {
        if (fd != STDERR_FILENO && dup2(null, fd) < 0) die_errno("cannot move a descriptor");
    }
    if (dup2(listener, SWITCH_LISTENER) < 0 || close_range(SWITCH_LISTENER + 1, ~0U, 0) != 0) {
        die_errno("cannot move a descriptor");
    }
    char *const nothing[] = {NULL};
    execle("/proc/self/exe", "box-vmm", "switch", networks->path, (char *)NULL, nothing);
    die_errno("cannot execute /proc/self/exe");
}

static int start_switch(const struct networks *networks, int folder) {
    cleanup_close int listener = listen_as(networks, folder);
    /* Connect before it runs, because it ends when nobody is connected. */
    int stream = connect_to(networks, folder);
    if (stream < 0) die("cannot connect to the switch's own socket");
    pid_t child = fork();
    if (child < 0) die_errno("cannot fork");
    if (child == 0) execute_switch(networks, listener);
    int status = 0;
    if (wait_for(child, &status) < 0) die_errno("cannot wait for a process");
    if (status != 0) die("cannot start the switch of the networks");
    return stream;
}

/* Connects to the switch and starts one if none is running. */
static int reach_switch(const struct networks *networks, int folder) {
    int stream = connect_to(networks, folder);
    if (stream >= 0) return stream;
    cleanup_close int turn = take_turn(networks, folder);
    stream = connect_to(networks, folder);
    return stream >= 0 ? stream : start_switch(networks, folder);
}

static bool read_whole(int fd, uint8_t *bytes, size_t length) {
    if (read_all(fd, bytes, length)) return true;
    if (errno == EAGAIN) die("the switch of the networks does not answer");
    return false;
}

static _Noreturn void explain_refusal(const struct networks *networks, enum answer answer, size_t index) {
    const struct hello *hello = &networks->hello;
    if (index >= hello->count) die("the switch of the networks has sent an invalid answer");
    const char *label = networks->labels[index];
    uint32_t address = htonl(hello->networks[index].address);
    char text[INET_ADDRSTRLEN] = "";
    (void)inet_ntop(AF_INET, &address, text, sizeof text);
    /* As in Docker. */
    static const char failed[] = "failed to set up container networking";
    switch (answer) {
    case ANSWER_FULL:
        die("%s: no available IPv4 addresses on this network's address pools: %s", failed, label);
    case ANSWER_TAKEN:
        die("%s: Address already in use: %s on network %s", failed, text, label);
    case ANSWER_OUTSIDE:
        die("invalid config for network %s: invalid endpoint settings: no configured subnet or ip-range contain the IP "
            "address %s",
            label, text);
    case ANSWER_OVERLAP:
        die("%s: the addresses of network %s overlap with those of another network of the box", failed, label);
    case ANSWER_CROWDED:
        die("%s: too many boxes are on named networks", failed);
    case ANSWER_UNKNOWN:
        die("%s: the box is not on network %s", failed, label);
    case ANSWER_ALREADY_ON:
        die("%s: the box is already on network %s", failed, label);
    default:
        die("%s: the switch does not understand the request for network %s", failed, label);
    }
}

/* Appends an address, with its prefix length unless that is 0. */
static void add_address(struct place_on_switch *place, const uint8_t bytes[ADDRESS_BYTES], unsigned prefix) {
    size_t used = strlen(place->text);
    snprintf(place->text + used, sizeof place->text - used, prefix == 0 ? " %d.%d.%d.%d" : " %d.%d.%d.%d/%u", bytes[0],
             bytes[1], bytes[2], bytes[3], prefix);
}

static void read_place(struct place_on_switch *place, const uint8_t *answer, size_t length) {
    const uint8_t *mac = answer + 1;
    snprintf(place->mac, sizeof place->mac, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
             mac[5]);
    memcpy(place->text, place->mac, strlen(place->mac) + 1);
    for (size_t at = 1 + MAC_BYTES; at + ANSWER_NETWORK_BYTES <= length; at += ANSWER_NETWORK_BYTES) {
        add_address(place, answer + at, answer[at + ADDRESS_BYTES]);
        add_address(place, answer + at + ADDRESS_BYTES + 1, 0);
    }
}

static void limit_answer(int stream, int seconds) {
    struct timeval limit = {.tv_sec = seconds};
    if (setsockopt(stream, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0) die_errno("cannot set a limit");
}

/* Returns false if the switch has ended in the meantime. */
static bool say_hello(const struct networks *networks, struct place_on_switch *place) {
    static uint8_t hello[LENGTH_BYTES + HELLO_BYTES];
    uint8_t head[LENGTH_BYTES];
    uint8_t answer[ANSWER_BYTES];
    size_t length = hello_write(&networks->hello, hello + LENGTH_BYTES);
    write_be32(hello, (uint32_t)length);
    limit_answer(place->stream, ANSWER_LIMIT_S);
    if (!send_all(place->stream, hello, LENGTH_BYTES + length)) return false;
    if (!read_whole(place->stream, head, sizeof head)) return false;
    size_t size = read_be32(head);
    if (size < 2 || size > sizeof answer) die("the switch of the networks has sent an invalid answer");
    if (!read_whole(place->stream, answer, size)) return false;
    if (answer[0] != ANSWER_OK) explain_refusal(networks, answer[0], answer[1]);
    if (size < 1 + MAC_BYTES) die("the switch of the networks has sent an invalid answer");
    read_place(place, answer, size);
    limit_answer(place->stream, 0);
    return true;
}

struct place_on_switch join_networks(struct networks *networks) {
    cleanup_close int folder = open_folder_of(networks->path, &networks->name);
    for (int tries = 0; tries < TRIES; tries++) {
        struct place_on_switch place = {.stream = reach_switch(networks, folder)};
        if (say_hello(networks, &place)) return place;
        close(place.stream);
        usleep(PAUSE_US);
    }
    die("the switch of the networks keeps ending");
}

struct place_on_switch change_networks(struct networks *networks) {
    cleanup_close int folder = open_folder_of(networks->path, &networks->name);
    struct place_on_switch place = {.stream = connect_to(networks, folder)};
    if (place.stream < 0 || !say_hello(networks, &place)) die("the switch of the networks has ended: restart the box");
    close_fd(&place.stream);
    return place;
}
