#define _GNU_SOURCE
#include "join.h"

#include "../common/bytes.h"
#include "../common/cleanup.h"
#include "../common/io.h"
#include "../common/own.h"
#include "../switch/segment.h"
#include "descriptors.h"
#include "die.h"
#include "verbs.h"

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

static struct sockaddr_un address_of(const struct network *network, int folder) {
    struct sockaddr_un address;
    if (!address_in(folder, network->name, &address)) die("the network's name is too long: %s", network->path);
    return address;
}

/* Connects to a listening switch; -1 if none is running. */
static int connect_to(const struct network *network, int folder) {
    struct sockaddr_un address = address_of(network, folder);
    cleanup_close int fd = make_socket();
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
        if (!is_own_peer(fd)) die("the switch of the network %s belongs to another user", network->path);
        return take_fd(&fd);
    }
    if (errno != ECONNREFUSED && errno != ENOENT) die_errno("cannot connect to the network %s", network->path);
    return -1;
}

/* Creates the socket of a new switch, and removes that of an earlier one that has ended. */
static int listen_as(const struct network *network, int folder) {
    struct sockaddr_un address = address_of(network, folder);
    int fd = make_socket();
    if (unlinkat(folder, network->name, 0) != 0 && errno != ENOENT) die_errno("cannot remove %s", network->path);
    mode_t before = umask(0177);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
        die_errno("cannot create the network %s", network->path);
    umask(before);
    if (listen(fd, BACKLOG) != 0) die_errno("cannot listen for the network %s", network->path);
    return fd;
}

/* Locks out other launches that would start a switch at the same time and replace this one's socket. */
static int take_turn(const struct network *network, int folder) {
    char name[NAME_MAX + 1];
    int length = snprintf(name, sizeof name, "%s.lock", network->name);
    if (length < 0 || (size_t)length >= sizeof name) die("the network's name is too long: %s", network->path);
    int lock = openat(folder, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) die_errno("cannot open the lock of the network %s", network->path);
    while (flock(lock, LOCK_EX) != 0) {
        if (errno != EINTR) die_errno("cannot lock the network %s", network->path);
    }
    return lock;
}

/* The switch gets the listener and no other descriptor of this process. */
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
    execle("/proc/self/exe", "box-vmm", "switch", network->path, network->subnet, (char *)NULL, nothing);
    die_errno("cannot execute /proc/self/exe");
}

static int start_switch(const struct network *network, int folder) {
    cleanup_close int listener = listen_as(network, folder);
    /* Connect before it runs, because it ends when nobody is connected. */
    int stream = connect_to(network, folder);
    if (stream < 0) die("cannot connect to the network's own socket");
    pid_t child = fork();
    if (child < 0) die_errno("cannot fork");
    if (child == 0) execute_switch(network, listener);
    int status = 0;
    if (wait_for(child, &status) < 0) die_errno("cannot wait for a process");
    if (status != 0) die("cannot start the network's switch");
    return stream;
}

/* Connects to the switch and starts one if none is running. */
static int reach_switch(const struct network *network, int folder) {
    int stream = connect_to(network, folder);
    if (stream >= 0) return stream;
    cleanup_close int turn = take_turn(network, folder);
    stream = connect_to(network, folder);
    return stream >= 0 ? stream : start_switch(network, folder);
}

static bool read_whole(int fd, uint8_t *bytes, size_t length) {
    if (read_all(fd, bytes, length)) return true;
    if (errno == EAGAIN) die("the network's switch does not answer");
    return false;
}

/* Writes the frame with the box's names. */
static size_t write_hello(const struct network *network, uint8_t *hello, size_t size) {
    size_t used = LENGTH_BYTES;
    for (size_t i = 0; i < network->name_count; i++) {
        size_t length = strlen(network->names[i]) + 1;
        if (length > size - used) die("the box's names are too long for a network");
        memcpy(hello + used, network->names[i], length);
        used += length;
    }
    size_t payload = used - LENGTH_BYTES;
    write_be16(hello, 0);
    write_be16(hello + 2, (uint16_t)payload);
    return used;
}

/* Returns false if the switch has ended in the meantime. */
static bool say_hello(const struct network *network, struct place *place) {
    uint8_t hello[LENGTH_BYTES + NAMES_BYTES - 2];
    size_t length = write_hello(network, hello, sizeof hello);
    struct timeval limit = {.tv_sec = ANSWER_LIMIT_S};
    if (setsockopt(place->stream, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0) die_errno("cannot set a limit");
    if (send(place->stream, hello, length, MSG_NOSIGNAL) != (ssize_t)length) return false;
    uint8_t head[LENGTH_BYTES];
    uint8_t answer[ADDRESS_BYTES + 1 + MAC_BYTES];
    if (!read_whole(place->stream, head, sizeof head)) return false;
    if (head[3] != sizeof answer) die("the network is full: it has %d boxes", LAST_NUMBER - FIRST_NUMBER + 1);
    if (!read_whole(place->stream, answer, sizeof answer)) return false;
    const uint8_t *mac = answer + ADDRESS_BYTES + 1;
    snprintf(place->address, sizeof place->address, "%d.%d.%d.%d/%d", answer[0], answer[1], answer[2], answer[3],
             answer[4]);
    snprintf(place->mac, sizeof place->mac, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
             mac[5]);
    limit.tv_sec = 0;
    if (setsockopt(place->stream, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0) die_errno("cannot lift a limit");
    return true;
}

struct place join_network(struct network *network) {
    cleanup_close int folder = open_folder_of(network->path, &network->name);
    for (int tries = 0; tries < TRIES; tries++) {
        struct place place = {.stream = reach_switch(network, folder)};
        if (say_hello(network, &place)) return place;
        close(place.stream);
        usleep(PAUSE_US);
    }
    die("the network's switch keeps ending");
}
