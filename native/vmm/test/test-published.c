/* Tests published ports with libkrun's sequences of socket(), bind(), listen() and close(). */
#define _GNU_SOURCE
#include "published.h"

#include "die.h"
#include "expect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GUEST = 80 };

/* Listens like another process of the host: with raw system calls, because those of the C library are overridden. */
static int host_listen(const char *text, uint16_t port) {
    struct sockaddr_storage at;
    socklen_t length = address(&at, text, port);
    int one = 1;
    int fd = (int)syscall(SYS_socket, at.ss_family, SOCK_STREAM, 0);
    if (fd < 0) abort();
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (syscall(SYS_bind, fd, &at, length) == 0 && syscall(SYS_listen, fd, 8) == 0) return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

static bool host_reaches(const char *text, uint16_t port) {
    struct sockaddr_storage at;
    socklen_t length = address(&at, text, port);
    int fd = (int)syscall(SYS_socket, at.ss_family, SOCK_STREAM, 0);
    if (fd < 0) abort();
    bool reached = syscall(SYS_connect, fd, &at, length) == 0;
    close(fd);
    return reached;
}

static uint16_t free_port(void) {
    int fd = host_listen("0.0.0.0", 0);
    struct sockaddr_in at;
    socklen_t length = sizeof at;
    if (fd < 0 || getsockname(fd, (struct sockaddr *)&at, &length) != 0) abort();
    close(fd);
    return ntohs(at.sin_port);
}

/* Listens as libkrun does for a listen() in the guest. */
static int guest_listen(const char *text, uint16_t port) {
    struct sockaddr_storage at;
    socklen_t length = address(&at, text, port);
    int one = 1;
    int fd = socket(at.ss_family, SOCK_STREAM, 0);
    if (fd < 0) abort();
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&at, length) == 0 && listen(fd, 8) == 0) return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

/* Runs each case in a separate process, because a policy remains in force. */
static void with(const char *published, void (*check)(uint16_t port)) {
    pid_t child = fork();
    if (child < 0) abort();
    if (child == 0) {
        uint16_t host = free_port();
        char text[8];
        snprintf(text, sizeof text, "%u", host);
        static struct net_port port;
        static struct net_policy policy = {.count = 1, .ports = &port};
        const char *words[] = {"tcp", published, text, "80"};
        if (!net_port_parse(&port, words)) abort();
        published_take(&policy);
        net_policy_enforce(&policy);
        check(host);
        _exit(failures == 0 ? 0 : 1);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) failures++;
}

static void taken_before_the_guest_listens(uint16_t port) {
    EXPECT(host_listen("127.0.0.1", port) < 0 && errno == EADDRINUSE);
    EXPECT(host_listen("0.0.0.0", port) < 0 && errno == EADDRINUSE);
    EXPECT(!host_reaches("127.0.0.1", port));
}

static void listener_gets_the_address_asked_for(uint16_t port) {
    int fd = guest_listen("0.0.0.0", GUEST);
    EXPECT(fd >= 0);
    struct sockaddr_in at = {.sin_family = AF_UNSPEC};
    socklen_t length = sizeof at;
    EXPECT(getsockname(fd, (struct sockaddr *)&at, &length) == 0);
    EXPECT(at.sin_addr.s_addr == htonl(INADDR_LOOPBACK) && ntohs(at.sin_port) == port);
    EXPECT(host_reaches("127.0.0.1", port));
    EXPECT(!host_reaches("127.0.0.2", port));
    close(fd);
    EXPECT(!host_reaches("127.0.0.1", port));
    EXPECT(host_listen("127.0.0.1", port) < 0 && errno == EADDRINUSE);
    fd = guest_listen("0.0.0.0", GUEST);
    EXPECT(fd >= 0 && host_reaches("127.0.0.1", port));
}

static void dual_listener_gets_a_mapped_address(uint16_t port) {
    int fd = guest_listen("::", GUEST);
    EXPECT(fd >= 0);
    EXPECT(host_reaches("127.0.0.1", port));
    EXPECT(!host_reaches("127.0.0.2", port));
    EXPECT(!host_reaches("::1", port));
}

static void every_address_means_both_families(uint16_t port) {
    EXPECT(host_listen("0.0.0.0", port) < 0 && errno == EADDRINUSE);
    EXPECT(host_listen("::1", port) < 0 && errno == EADDRINUSE);
    int fd = guest_listen("::", GUEST);
    EXPECT(fd >= 0);
    EXPECT(host_reaches("127.0.0.1", port));
    EXPECT(host_reaches("::1", port));
    close(fd);
    fd = guest_listen("0.0.0.0", GUEST);
    EXPECT(fd >= 0 && host_reaches("127.0.0.1", port));
}

static void one_address_belongs_to_the_first_of_two_families(uint16_t port) {
    EXPECT(guest_listen("0.0.0.0", GUEST) >= 0);
    EXPECT(guest_listen("::", GUEST) < 0 && errno == EPERM);
    EXPECT(host_reaches("127.0.0.1", port));
}

static void every_address_belongs_to_both_families(uint16_t port) {
    int v4 = guest_listen("0.0.0.0", GUEST);
    int v6 = guest_listen("::", GUEST);
    EXPECT(v4 >= 0 && v6 >= 0);
    EXPECT(host_reaches("127.0.0.1", port) && accept4(v4, NULL, NULL, SOCK_NONBLOCK) >= 0);
    EXPECT(host_reaches("::1", port) && accept4(v6, NULL, NULL, SOCK_NONBLOCK) >= 0);
    EXPECT(host_listen("127.0.0.1", port) < 0 && errno == EADDRINUSE);
}

static void successor_of_another_family_takes_over(uint16_t port) {
    EXPECT(guest_listen("::", GUEST) >= 0 && host_reaches("127.0.0.1", port));
    int successor = guest_listen("0.0.0.0", GUEST);
    EXPECT(successor >= 0);
    EXPECT(host_reaches("127.0.0.1", port) && accept4(successor, NULL, NULL, SOCK_NONBLOCK) >= 0);
}

/* libkrun keeps the socket of a killed server open for seconds. */
static void successor_takes_over_from_a_killed_server(uint16_t port) {
    int old = guest_listen("0.0.0.0", GUEST);
    EXPECT(old >= 0 && host_reaches("127.0.0.1", port));
    int successor = guest_listen("0.0.0.0", GUEST);
    EXPECT(successor >= 0);
    EXPECT(host_reaches("127.0.0.1", port));
    EXPECT(accept4(successor, NULL, NULL, SOCK_NONBLOCK) >= 0);
}

static bool guest_reaches(const char *text, uint16_t port) {
    struct sockaddr_storage at;
    socklen_t length = address(&at, text, port);
    int fd = socket(at.ss_family, SOCK_STREAM, 0);
    if (fd < 0) abort();
    bool reached = connect(fd, (struct sockaddr *)&at, length) == 0;
    close(fd);
    return reached;
}

static void guest_finds_its_server_under_its_own_loopback(uint16_t port) {
    EXPECT(!guest_reaches("127.0.0.1", GUEST));
    int fd = guest_listen("::", GUEST);
    EXPECT(fd >= 0);
    EXPECT(guest_reaches("127.0.0.1", GUEST));
    EXPECT(guest_reaches("127.0.1.1", GUEST));
    EXPECT(guest_reaches("::1", GUEST));
    EXPECT(!guest_reaches("127.0.0.1", port));
    close(fd);
    EXPECT(!guest_reaches("127.0.0.1", GUEST));
    fd = guest_listen("0.0.0.0", GUEST);
    EXPECT(fd >= 0 && guest_reaches("127.0.0.1", GUEST));
    EXPECT(!guest_reaches("::1", GUEST));
}

static void anything_else_is_refused(uint16_t port) {
    EXPECT(guest_listen("0.0.0.0", 81) < 0 && errno == EPERM);
    EXPECT(guest_listen("::", 81) < 0 && errno == EPERM);
    EXPECT(guest_listen("0.0.0.0", port) < 0 && errno == EPERM);
    EXPECT(guest_listen("127.0.0.1", GUEST) < 0 && errno == EPERM);
    EXPECT(guest_listen("::1", GUEST) < 0 && errno == EPERM);
    EXPECT(guest_listen("::ffff:127.0.0.1", GUEST) < 0 && errno == EPERM);
    EXPECT(socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EPERM);
    EXPECT(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) < 0 && errno == EPERM);
    EXPECT(socket(AF_NETLINK, SOCK_DGRAM, 0) < 0 && errno == EPERM);
    struct sockaddr_storage at;
    socklen_t length = address(&at, "0.0.0.0", 0);
    int udp = socket(AF_INET, SOCK_DGRAM, 0);
    EXPECT(bind(udp, (struct sockaddr *)&at, length) == 0);
    close(udp);
    udp = socket(AF_INET, SOCK_DGRAM, 0);
    length = address(&at, "0.0.0.0", GUEST);
    EXPECT(bind(udp, (struct sockaddr *)&at, length) < 0 && errno == EPERM);
    /* Linux binds AF_UNSPEC with address 0 as IPv4. */
    int tcp = socket(AF_INET, SOCK_STREAM, 0);
    at.ss_family = AF_UNSPEC;
    EXPECT(bind(tcp, (struct sockaddr *)&at, length) < 0 && errno == EPERM);
}

static void port_in_use_is_an_error_that_names_it(void) {
    int ends[2];
    int taken = host_listen("127.0.0.1", 0);
    struct sockaddr_in at;
    socklen_t length = sizeof at;
    if (taken < 0 || pipe(ends) != 0 || getsockname(taken, (struct sockaddr *)&at, &length) != 0) abort();
    pid_t child = fork();
    if (child < 0) abort();
    if (child == 0) {
        char text[8];
        snprintf(text, sizeof text, "%u", ntohs(at.sin_port));
        struct net_port port;
        struct net_policy policy = {.count = 1, .ports = &port};
        const char *words[] = {"tcp", "127.0.0.1", text, "80"};
        if (dup2(ends[1], STDERR_FILENO) < 0 || !net_port_parse(&port, words)) abort();
        published_take(&policy);
        _exit(0);
    }
    close(ends[1]);
    char line[256] = "";
    char expected[256];
    ssize_t got = read(ends[0], line, sizeof line - 1);
    snprintf(expected, sizeof expected, "box-vmm: port 127.0.0.1:%u is already in use\n", ntohs(at.sin_port));
    EXPECT(got > 0 && strcmp(line, expected) == 0);
    int status = 0;
    EXPECT(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_HELPER);
    close(ends[0]);
    close(taken);
}

int main(void) {
    with("127.0.0.1", taken_before_the_guest_listens);
    with("*", taken_before_the_guest_listens);
    with("127.0.0.1", listener_gets_the_address_asked_for);
    with("127.0.0.1", dual_listener_gets_a_mapped_address);
    with("*", every_address_means_both_families);
    with("127.0.0.1", one_address_belongs_to_the_first_of_two_families);
    with("*", every_address_belongs_to_both_families);
    with("*", successor_of_another_family_takes_over);
    with("127.0.0.1", successor_of_another_family_takes_over);
    with("127.0.0.1", successor_takes_over_from_a_killed_server);
    with("*", successor_takes_over_from_a_killed_server);
    with("127.0.0.1", guest_finds_its_server_under_its_own_loopback);
    with("*", guest_finds_its_server_under_its_own_loopback);
    with("127.0.0.1", anything_else_is_refused);
    port_in_use_is_an_error_that_names_it();
    return failures == 0 ? 0 : 1;
}
