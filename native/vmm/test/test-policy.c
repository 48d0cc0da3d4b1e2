/* Tests the egress policy: which destinations are refused to a guest's sockets. */
#define _GNU_SOURCE
#include "expect.h"
#include "net_policy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int refusal(bool allow_host, const char *text) {
    struct net_policy policy = {.allow_host = allow_host};
    struct sockaddr_storage peer;
    socklen_t length = address(&peer, text, 80);
    return net_policy_refusal(&policy, (struct sockaddr *)&peer, length);
}

static void closed_addresses_are_refused(const char *const *addresses, size_t count, int when_host_is_open) {
    for (size_t i = 0; i < count; i++) {
        if (refusal(false, addresses[i]) != ECONNREFUSED || refusal(true, addresses[i]) != when_host_is_open)
            fprintf(stderr, "%s\n", addresses[i]);
        EXPECT(refusal(false, addresses[i]) == ECONNREFUSED);
        EXPECT(refusal(true, addresses[i]) == when_host_is_open);
    }
}

static void hosts_own_addresses_are_refused_unless_opened(void) {
    static const char *const host[] = {"127.0.0.1", "127.255.0.9",      "0.0.0.0",        "0.1.2.3",    "::",
                                       "::1",       "::ffff:127.0.0.1", "::ffff:0.0.0.0", "::127.0.0.1"};
    closed_addresses_are_refused(host, sizeof host / sizeof *host, 0);
}

static void other_closed_addresses_stay_closed(void) {
    static const char *const others[] = {
        "169.254.169.254",
        "::ffff:169.254.1.1",
        "fe80::1",
        "febf::1",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
        "fd00:c1::a9fe:a9fe",
        "fd00:100::100:200",
        "fd00:a9fe:a9fe::1",
        "fd00:42::42",
        "::ffff:100.100.100.200",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "ff02::1",
        "ff05::2",
        "::ffff:224.0.0.251",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::7f00:1",
        "2002:a9fe:a9fe::1",
        "2002:7f00:1::",
    };
    closed_addresses_are_refused(others, sizeof others / sizeof *others, ECONNREFUSED);
}

static void other_addresses_pass(void) {
    const char *others[] = {
        "1.1.1.1",         "10.0.0.1",    "128.0.0.1",     "126.255.255.255",  "169.253.0.1",    "192.168.1.1",
        "100.100.100.199", "192.0.0.191", "168.63.129.17", "223.255.255.255",  "2001:db8::1",    "fec0::1",
        "::ffff:10.0.0.1", "fd00::1",     "fd00:ec2::253", "64:ff9b::101:101", "2002:101:101::1"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) EXPECT(refusal(false, others[i]) == 0);
}

/* In sendto(), Linux treats AF_UNSPEC as AF_INET. */
static void other_families_and_short_addresses_are_refused(void) {
    struct net_policy policy = {.allow_host = true};
    struct sockaddr_storage peer;
    socklen_t length = address(&peer, "127.0.0.1", 80);
    EXPECT(net_policy_refusal(&policy, (struct sockaddr *)&peer, length - 1) == EAFNOSUPPORT);
    EXPECT(net_policy_refusal(&policy, (struct sockaddr *)&peer, 0) == EAFNOSUPPORT);
    peer.ss_family = AF_UNSPEC;
    EXPECT(net_policy_refusal(&policy, (struct sockaddr *)&peer, length) == EAFNOSUPPORT);
    peer.ss_family = AF_UNIX;
    EXPECT(net_policy_refusal(&policy, (struct sockaddr *)&peer, length) == EAFNOSUPPORT);
}

static bool parses(const char *address, const char *host, const char *guest, struct net_port *port) {
    const char *words[] = {"tcp", address, host, guest};
    return net_port_parse(port, words);
}

static void ports_are_read_as_written_on_the_command_line(void) {
    struct net_port port;
    EXPECT(parses("*", "8080", "80", &port) && port.family == AF_UNSPEC && port.host == 8080 && port.guest == 80);
    EXPECT(!port.datagram);
    EXPECT(parses("127.0.0.1", "1", "65535", &port) && port.family == AF_INET);
    EXPECT(parses("::1", "1", "2", &port) && port.family == AF_INET6);
    EXPECT(!parses("", "1", "2", &port));
    EXPECT(!parses("localhost", "1", "2", &port));
    EXPECT(!parses("127.0.0.1", "0", "2", &port));
    EXPECT(!parses("127.0.0.1", "65536", "2", &port));
    EXPECT(!parses("127.0.0.1", "-1", "2", &port));
    EXPECT(!parses("127.0.0.1", "1x", "2", &port));
    EXPECT(!parses("127.0.0.1", "1", "", &port));
    const char *udp[] = {"udp", "*", "53", "53"};
    const char *sctp[] = {"sctp", "*", "53", "53"};
    EXPECT(net_port_parse(&port, udp) && port.datagram);
    EXPECT(!net_port_parse(&port, sctp));
}

static bool leads_to(const struct net_policy *policy, const char *from, uint16_t port, const char *to) {
    struct sockaddr_storage peer;
    struct sockaddr_storage real;
    struct sockaddr_storage wanted;
    socklen_t length = address(&peer, from, port);
    socklen_t wanted_length = address(&wanted, to, port);
    int udp = (int)syscall(SYS_socket, peer.ss_family, SOCK_DGRAM, 0);
    net_policy_enforce(policy);
    socklen_t real_length = net_redirect(udp, (struct sockaddr *)&peer, length, &real);
    net_policy_enforce(NULL);
    close(udp);
    return real_length == wanted_length && memcmp(&real, &wanted, wanted_length) == 0;
}

/* With libkrun's TSI, which has no addresses of its own for them. */
static void gateway_and_resolver_are_on_the_hosts_loopback(void) {
    struct net_policy open = {.allow_host = true};
    struct net_policy asking = {.allow_host = false};
    EXPECT(net_resolver_parse(&asking, "127.0.0.53"));
    EXPECT(leads_to(&open, "10.0.2.2", 8080, "127.0.0.1"));
    EXPECT(leads_to(&open, "::ffff:10.0.2.2", 8080, "::ffff:127.0.0.1"));
    EXPECT(!leads_to(&asking, "10.0.2.2", 8080, "127.0.0.1"));
    EXPECT(leads_to(&asking, "10.0.2.3", 53, "127.0.0.53"));
    EXPECT(!leads_to(&asking, "10.0.2.3", 54, "127.0.0.53"));
    EXPECT(!leads_to(&open, "10.0.2.3", 53, "127.0.0.53"));
    EXPECT(!net_resolver_parse(&asking, "8.8.8.8") && !net_resolver_parse(&asking, "::1"));
    /* The address of a cloud's resolver. */
    EXPECT(net_resolver_parse(&asking, "169.254.169.254"));
    EXPECT(leads_to(&asking, "10.0.2.3", 53, "169.254.169.254"));
}

static void calls_obey_the_policy_in_force(void) {
    static const struct net_policy policy;
    struct sockaddr_storage peer;
    socklen_t length = address(&peer, "127.0.0.1", 80);
    int udp = socket(AF_INET, SOCK_DGRAM, 0);
    int unix_socket = socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT(connect(udp, (struct sockaddr *)&peer, length) == 0);
    EXPECT(send(udp, "x", 1, MSG_NOSIGNAL) == 1 || errno == ECONNREFUSED);
    net_policy_enforce(&policy);
    EXPECT(connect(udp, (struct sockaddr *)&peer, length) == -1 && errno == ECONNREFUSED);
    EXPECT(sendto(udp, "x", 1, 0, (struct sockaddr *)&peer, length) == -1 && errno == ECONNREFUSED);
    struct iovec data = {.iov_base = (char[]){"x"}, .iov_len = 1};
    struct msghdr message = {.msg_name = &peer, .msg_namelen = length, .msg_iov = &data, .msg_iovlen = 1};
    EXPECT(sendmsg(udp, &message, 0) == -1 && errno == ECONNREFUSED);
    peer.ss_family = AF_UNSPEC;
    EXPECT(sendto(udp, "x", 1, 0, (struct sockaddr *)&peer, length) == -1 && errno == EAFNOSUPPORT);
    /* Existing Unix sockets belong to the VMM itself. */
    struct sockaddr none = {.sa_family = AF_UNIX};
    EXPECT(connect(unix_socket, &none, sizeof none.sa_family) == -1 && errno != EAFNOSUPPORT);
    close(udp);
    close(unix_socket);
}

int main(void) {
    hosts_own_addresses_are_refused_unless_opened();
    other_closed_addresses_stay_closed();
    other_addresses_pass();
    other_families_and_short_addresses_are_refused();
    ports_are_read_as_written_on_the_command_line();
    gateway_and_resolver_are_on_the_hosts_loopback();
    calls_obey_the_policy_in_force();
    return failures == 0 ? 0 : 1;
}
