/*
 * Runs in boxes for the network tests. Each argument `tcp:HOST:PORT` or `udp:HOST:PORT` (HOST is a name or an address,
 * IPv6 with its colons) connects, says hello and prints `WORD ANSWER`, where ANSWER is the reply, `refused`, `silent`
 * or `unknown`. `open-udp:HOST:PORT` is `udp` from a socket that accepts replies from any address. `mass:HOST:PORT`
 * sends 4 MiB to an `echo-tcp` and prints `whole` when all of it has come back. `serve-tcp:HOST:PORT` and
 * `serve-udp:HOST:PORT` send back the first data, preceded by the port; `echo-tcp:HOST:PORT` sends back everything until
 * the end of the stream, and `greet-tcp:HOST:PORT` says `welcome` before that; these support IPv4 only, and an empty
 * HOST means all addresses. `then::` waits for the preceding probes. Prints `done` at the end, and then serves if there
 * is anything to serve.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

struct endpoint {
    struct sockaddr_storage address;
    socklen_t length;
};

static struct endpoint parse(const char *host, const char *port) {
    struct endpoint end = {.length = 0};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = v4.sin_port};
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        memcpy(&end.address, &v4, sizeof v4);
        end.length = sizeof v4;
    } else if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
        memcpy(&end.address, &v6, sizeof v6);
        end.length = sizeof v6;
    } else {
        struct addrinfo hints = {.ai_family = AF_INET};
        struct addrinfo *found = NULL;
        if (getaddrinfo(host, port, &hints, &found) != 0) return end;
        memcpy(&end.address, found->ai_addr, found->ai_addrlen);
        end.length = found->ai_addrlen;
    }
    return end;
}

static void tell(const char *word, const char *result) {
    printf("%s %s\n", word, result);
    fflush(stdout);
    _exit(0);
}

/* The n-th byte of the mass transfer. */
static char byte_at(size_t n) {
    return (char)(n * 31 + (n >> 9));
}

static void send_mass(const char *word, const char *host, const char *port) {
    static char data[1 << 16];
    enum { MASS = 4 << 20 };
    struct endpoint end = parse(host, port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&end.address, end.length) != 0) tell(word, "refused");
    if (fork() == 0) {
        for (size_t sent = 0; sent < MASS;) {
            size_t size = MASS - sent < sizeof data ? MASS - sent : sizeof data;
            for (size_t i = 0; i < size; i++) data[i] = byte_at(sent + i);
            ssize_t part = send(fd, data, size, MSG_NOSIGNAL);
            if (part <= 0) break;
            sent += (size_t)part;
        }
        _exit(0);
    }
    for (size_t read = 0; read < MASS;) {
        ssize_t got = recv(fd, data, sizeof data, 0);
        if (got <= 0) tell(word, "cut off");
        for (ssize_t i = 0; i < got; i++, read++) {
            if (data[i] != byte_at(read)) tell(word, "damaged");
        }
    }
    tell(word, "whole");
}

static void probe(const char *word, int type, const char *host, const char *port) {
    struct endpoint end = parse(host, port);
    if (end.length == 0) tell(word, "unknown");
    struct timeval limit = {.tv_sec = 4};
    char answer[64] = "";
    int fd = socket(end.address.ss_family, type, 0);
    const char *result = "silent";
    int failed = 0;
    /* TSI gives up after two seconds, which a busy host may exceed more than once. */
    for (int tries = 0; tries < 4; tries++) {
        failed = connect(fd, (struct sockaddr *)&end.address, end.length);
        if (failed == 0 || errno != ETIMEDOUT) break;
        close(fd);
        fd = socket(end.address.ss_family, type, 0);
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (failed != 0 || send(fd, "hello", 5, MSG_NOSIGNAL) < 0) {
        bool expected = errno == ECONNREFUSED || errno == ENETUNREACH || errno == EHOSTUNREACH;
        result = expected ? "refused" : strerror(errno);
    } else {
        ssize_t got = recv(fd, answer, sizeof answer - 1, 0);
        if (got > 0) result = answer;
        if (got == 0) result = "closed";
    }
    tell(word, result);
}

/* Prints the first datagram received, from any sender. */
static void probe_openly(const char *word, const char *host, const char *port) {
    struct endpoint end = parse(host, port);
    struct timeval limit = {.tv_sec = 10};
    char answer[64] = "";
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (sendto(fd, "hello", 5, 0, (struct sockaddr *)&end.address, end.length) < 0) tell(word, "refused");
    tell(word, recvfrom(fd, answer, sizeof answer - 1, 0, NULL, NULL) > 0 ? answer : "silent");
}

static void echo(int connection) {
    char data[65536];
    ssize_t got = 0;
    while ((got = recv(connection, data, sizeof data, 0)) > 0) {
        for (ssize_t sent = 0; sent < got;) {
            ssize_t part = send(connection, data + sent, (size_t)(got - sent), MSG_NOSIGNAL);
            if (part < 0) return;
            sent += part;
        }
    }
}

static void greet(int connection) {
    send(connection, "welcome", 7, MSG_NOSIGNAL);
    echo(connection);
}

/* Without `talk`, sends back the first data. */
static void serve(int type, void (*talk)(int connection), const char *host, const char *port) {
    struct endpoint end = parse(*host ? host : "0.0.0.0", port);
    int one = 1;
    int fd = socket(AF_INET, type, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&end.address, end.length) != 0) _exit(3);
    if (type == SOCK_STREAM && listen(fd, 1000) != 0) _exit(4);
    if (fork() != 0) {
        close(fd);
        return;
    }
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        struct sockaddr_storage peer;
        socklen_t length = sizeof peer;
        static char data[1 << 16];
        if (talk != NULL) {
            int client = accept(fd, NULL, NULL);
            if (fork() == 0) {
                talk(client);
                _exit(0);
            }
            close(client);
            continue;
        }
        int used = snprintf(data, sizeof data, "%s ", port);
        int connection = type == SOCK_STREAM ? accept(fd, NULL, NULL) : fd;
        ssize_t got = type == SOCK_STREAM ? recv(connection, data + used, sizeof data - 16, 0)
                                          : recvfrom(fd, data + used, sizeof data - 16, 0, (struct sockaddr *)&peer, &length);
        if (got <= 0) continue;
        size_t size = (size_t)got + (size_t)used;
        if (type == SOCK_STREAM) {
            send(connection, data, size, MSG_NOSIGNAL);
            close(connection);
        } else {
            sendto(fd, data, size, 0, (struct sockaddr *)&peer, length);
        }
    }
}

int main(int argc, char **argv) {
    int probes = 0;
    int servers = 0;
    for (int i = 1; i < argc; i++) {
        char *word = strdup(argv[i]);
        char *host = strchr(word, ':');
        char *port = strrchr(word, ':');
        if (host == NULL || port == host) return 2;
        *host++ = '\0';
        *port++ = '\0';
        if (strcmp(word, "then") == 0) {
            for (; probes > 0; probes--) wait(NULL);
            continue;
        }
        if (strcmp(word, "mass") == 0) {
            probes++;
            if (fork() == 0) send_mass(argv[i], host, port);
        } else if (strcmp(word, "open-udp") == 0) {
            probes++;
            if (fork() == 0) probe_openly(argv[i], host, port);
        } else if (strcmp(word, "tcp") != 0 && strcmp(word, "udp") != 0) {
            void (*talk)(int) = strcmp(word, "echo-tcp") == 0 ? echo : strcmp(word, "greet-tcp") == 0 ? greet : NULL;
            serve(strcmp(word, "serve-udp") == 0 ? SOCK_DGRAM : SOCK_STREAM, talk, host, port);
            servers++;
        } else {
            probes++;
            if (fork() == 0) probe(argv[i], strcmp(word, "tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM, host, port);
        }
    }
    for (; probes > 0; probes--) wait(NULL);
    puts("done");
    fflush(stdout);
    while (servers > 0) pause();
    return 0;
}
