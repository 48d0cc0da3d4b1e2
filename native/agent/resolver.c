// Queries name servers in order, because C libraries cannot be relied on to do so: glibc accepts a negative answer of
// the first server, and musl queries all of them at once and accepts the first negative answer. The servers of the named
// networks come first; the others are those that the box would have without networks.
#include "resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/bytes.h"
#include "../common/cleanup.h"
#include "../common/io.h"
#include "dns.h"
#include "network_servers.h"

enum { NOBODY = 65534, MAX_CHILDREN = 64, STREAM_LIMIT_S = 10 };
enum { MAX_QUERY = 4096, MAX_ANSWER = 65535 };
// Descriptors in the resolver process.
enum { DATAGRAMS = 3, CONNECTIONS = 4, ABOVE = 16 };

static const char ADDRESS[] = "127.0.0.11";

struct server {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    socklen_t length;
};

static struct server servers[MAX_NAMESERVERS];
static size_t server_count;

static bool parse_server(const char *text, struct server *server) {
    memset(server, 0, sizeof *server);
    if (inet_pton(AF_INET, text, &server->address.v4.sin_addr) == 1) {
        server->address.v4.sin_family = AF_INET;
        server->address.v4.sin_port = htons(DNS_PORT);
        server->length = sizeof server->address.v4;
        return true;
    }
    server->address.v6.sin6_family = AF_INET6;
    server->address.v6.sin6_port = htons(DNS_PORT);
    server->length = sizeof server->address.v6;
    return inet_pton(AF_INET6, text, &server->address.v6.sin6_addr) == 1;
}

// Queries one server over UDP. Returns the length of the answer, or 0.
static size_t ask_one(const struct server *server, const uint8_t *question, size_t length, uint8_t *answer) {
    cleanup_close int fd = socket(server->address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, &server->address.any, server->length) < 0 || send(fd, question, length, 0) < 0) return 0;
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    while (poll(&readable, 1, DNS_ANSWER_MS) == 1) {
        ssize_t got = recv(fd, answer, MAX_ANSWER, 0);
        if (got < 0) break;
        if (dns_is_answer(question, answer, (size_t)got)) return (size_t)got;
    }
    return 0;
}

static uint8_t question[MAX_QUERY];
static uint8_t answer[2 + MAX_ANSWER];

// Puts the first answer that is not a refusal, or else the last refusal, into `answer`. Returns its length, or 0 if no server
// answers.
static size_t ask_servers(size_t length) {
    static uint8_t other[MAX_ANSWER];
    size_t result = network_servers_ask(question, length, answer, MAX_ANSWER);
    for (size_t i = 0; i < server_count && (result == 0 || dns_is_refusal(answer)); i++) {
        size_t got = ask_one(&servers[i], question, length, other);
        if (got == 0) continue;
        memcpy(answer, other, got);
        result = got;
    }
    return result;
}

static void answer_datagram(size_t length, const struct sockaddr_in *client) {
    size_t got = ask_servers(length);
    if (got > 0) (void)sendto(DATAGRAMS, answer, got, 0, (const struct sockaddr *)client, sizeof *client);
}

// Over TCP, messages are preceded by their length. Returns the length, or 0 if there is no message.
static size_t read_message(int fd, uint8_t *bytes, size_t size) {
    uint8_t head[2];
    if (!read_all(fd, head, sizeof head)) return 0;
    size_t length = read_be16(head);
    return length >= DNS_HEADER && length <= size && read_all(fd, bytes, length) ? length : 0;
}

static bool write_message(int fd, const uint8_t *bytes, size_t length) {
    uint8_t head[2];
    write_be16(head, (uint16_t)length);
    return send_all(fd, head, sizeof head) && send_all(fd, bytes, length);
}

static void limit_time(int fd) {
    struct timeval limit = {.tv_sec = STREAM_LIMIT_S};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

static size_t ask_by_connection(const struct server *server, size_t length) {
    cleanup_close int fd = socket(server->address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return 0;
    limit_time(fd);
    if (connect(fd, &server->address.any, server->length) < 0 || !write_message(fd, question, length)) return 0;
    return read_message(fd, answer, MAX_ANSWER);
}

// The networks' servers only support UDP; their answers are short.
static void answer_connection(int fd) {
    limit_time(fd);
    for (;;) {
        size_t length = read_message(fd, question, sizeof question);
        if (length == 0) return;
        size_t got = network_servers_ask(question, length, answer, MAX_ANSWER);
        for (size_t i = 0; i < server_count && (got == 0 || dns_is_refusal(answer)); i++) {
            got = ask_by_connection(&servers[i], length);
        }
        if (got == 0 || !write_message(fd, answer, got)) return;
    }
}

// Forks a process per query, so that one without an answer does not delay others. Returns 0 in the child.
static pid_t fork_answer(void) {
    static unsigned running;
    while (running > 0 && waitpid(-1, NULL, running < MAX_CHILDREN ? WNOHANG : 0) > 0) running--;
    pid_t child = fork();
    if (child > 0) running++;
    return child;
}

__attribute__((noreturn)) static void serve(void) {
    struct pollfd sockets[] = {{.fd = DATAGRAMS, .events = POLLIN}, {.fd = CONNECTIONS, .events = POLLIN}};
    for (;;) {
        if (poll(sockets, 2, -1) < 0 && errno != EINTR) _exit(1);
        struct sockaddr_in client;
        socklen_t size = sizeof client;
        ssize_t got = recvfrom(DATAGRAMS, question, sizeof question, MSG_DONTWAIT, (struct sockaddr *)&client, &size);
        if (got >= DNS_HEADER && fork_answer() == 0) {
            answer_datagram((size_t)got, &client);
            _exit(0);
        }
        cleanup_close int connection = accept4(CONNECTIONS, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0) continue;
        if (fork_answer() == 0) {
            answer_connection(connection);
            _exit(0);
        }
    }
}

// The descriptor is higher than those that become_resolver assigns. SO_REUSEADDR and SO_REUSEPORT let a server in the
// box that sets them too listen on port 53 of all addresses.
static int open_socket(int type) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(DNS_PORT)};
    int yes = 1;
    (void)inet_pton(AF_INET, ADDRESS, &address.sin_addr);
    cleanup_close int low = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    cleanup_close int fd = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, ABOVE);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || (type == SOCK_STREAM && listen(fd, 16) < 0)) {
        return -1;
    }
    return take_fd(&fd);
}

// Gives up all of the agent's descriptors and privileges.
__attribute__((noreturn)) static void become_resolver(int datagrams, int connections) {
    if (dup2(datagrams, DATAGRAMS) < 0 || dup2(connections, CONNECTIONS) < 0 ||
        syscall(SYS_close_range, CONNECTIONS + 1, ~0U, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0) {
        _exit(1);
    }
    serve();
}

bool resolver_start(const struct configuration *configuration, struct failure *failure) {
    server_count = configuration->nameserver_count;
    if (configuration->network_server_count == 0) return true;
    if (!network_servers_set(configuration, failure)) return false;
    for (size_t i = 0; i < server_count; i++) {
        const char *text = configuration->nameservers[i];
        if (!parse_server(text, &servers[i]))
            return fail(failure, "failed", "nameserver: \"%s\" is not an IP address", text);
    }
    cleanup_close int datagrams = open_socket(SOCK_DGRAM);
    cleanup_close int connections = open_socket(SOCK_STREAM);
    pid_t child = datagrams < 0 || connections < 0 ? -1 : fork();
    if (child < 0) return fail(failure, "failed", "cannot start the resolver: %s", strerror(errno));
    if (child == 0) become_resolver(datagrams, connections);
    return true;
}
