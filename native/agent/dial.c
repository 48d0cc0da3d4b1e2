#include "dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "../common/io.h"

enum { PIECE = 64 << 10, RETRY_MS = 20 };

// Returns a socket, or -1 with errno set.
static int connect_to(uint16_t port) {
    cleanup_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) return -1;
    return take_fd(&fd);
}

// Returns at the end of FROM, or when nobody reads from TO any more. A socket of TSI that waits in read() cannot be written
// to in the meantime, so this waits in poll().
static void pass(int from, int to) {
    static char piece[PIECE];
    struct pollfd ready = {.fd = from, .events = POLLIN};
    for (;;) {
        if (poll(&ready, 1, -1) < 0 && errno != EINTR) return;
        if (ready.revents == 0) continue;
        ssize_t got = read(from, piece, sizeof piece);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || !write_all(to, piece, (size_t)got)) return;
    }
}

// Two processes, so that neither direction waits for the other.
static bool relay(int peer, struct failure *failure) {
    pid_t sender = fork();
    if (sender < 0) return fail(failure, "failed", "cannot start a process: %s", strerror(errno));
    if (sender == 0) {
        pass(STDIN_FILENO, peer);
        (void)shutdown(peer, SHUT_WR);
        _exit(0);
    }
    (void)close(STDIN_FILENO);
    pass(peer, STDOUT_FILENO);
    return kill(sender, SIGKILL) == 0 || errno == ESRCH;
}

bool dial_run(const struct dial *dial, struct failure *failure) {
    const struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
    for (;;) {
        cleanup_close int peer = connect_to(dial->port);
        if (peer >= 0) return dial->kind == DIAL_AWAIT || relay(peer, failure);
        if (dial->kind == DIAL_CONNECT)
            return fail(failure, "failed", "cannot connect to port %u: %s", dial->port, strerror(errno));
        (void)nanosleep(&pause, NULL);
    }
}
