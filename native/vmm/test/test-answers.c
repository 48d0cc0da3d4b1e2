/* Tests who may answer a guest's UDP socket, with real sockets of this host. */
#define _GNU_SOURCE
#include "answers.h"
#include "expect.h"
#include "net_policy.h"

#include <errno.h>
#include <unistd.h>

enum { REMEMBERED = 64 };

static const struct net_policy open_policy = {.allow_host = true};

static int bound_socket(const char *text, struct sockaddr_storage *at, socklen_t *length) {
    *length = address(at, text, 0);
    int made = socket(at->ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (made < 0 || bind(made, (struct sockaddr *)at, *length) != 0) return -1;
    *length = sizeof *at;
    if (getsockname(made, (struct sockaddr *)at, length) != 0) return -1;
    return made;
}

struct end {
    int fd;
    struct sockaddr_storage at;
    socklen_t length;
};

static struct end make_end(const char *text) {
    struct end end;
    end.fd = bound_socket(text, &end.at, &end.length);
    return end;
}

static bool say(const struct end *from, const struct end *to, char word) {
    return sendto(from->fd, &word, 1, 0, (const struct sockaddr *)&to->at, to->length) == 1;
}

/* Returns 0 if there is no datagram. */
static char hear(const struct end *end) {
    char word = 0;
    return recv(end->fd, &word, 1, 0) == 1 ? word : '\0';
}

/* Creates a guest's socket, bound before use, as a guest may. */
static struct end make_guest(const char *text) {
    struct end guest = {.length = address(&guest.at, text, 0)};
    guest.fd = socket(guest.at.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    EXPECT(guest.fd >= 0 && answers_close(guest.fd));
    EXPECT(bind(guest.fd, (struct sockaddr *)&guest.at, guest.length) == 0);
    guest.length = sizeof guest.at;
    EXPECT(getsockname(guest.fd, (struct sockaddr *)&guest.at, &guest.length) == 0);
    return guest;
}

static void only_who_was_spoken_to_is_heard(const char *text, const char *same_host) {
    struct end guest = make_guest(text);
    struct end friend = make_end(text);
    struct end stranger = make_end(same_host);
    EXPECT(say(&stranger, &guest, 'a') && hear(&guest) == '\0');
    EXPECT(say(&guest, &friend, 'q') && hear(&friend) == 'q');
    EXPECT(say(&stranger, &guest, 'b') && say(&friend, &guest, 'c'));
    EXPECT(hear(&guest) == 'c' && hear(&guest) == '\0');
    EXPECT(say(&guest, &stranger, 'q') && hear(&stranger) == 'q');
    EXPECT(say(&stranger, &guest, 'd') && hear(&guest) == 'd');
    EXPECT(say(&friend, &guest, 'e') && hear(&guest) == 'e');
    close(guest.fd);
    close(friend.fd);
    close(stranger.fd);
}

static void an_ipv6_socket_hears_both_families(void) {
    struct end guest = {.length = address(&guest.at, "::", 0)};
    guest.fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    EXPECT(answers_close(guest.fd) && bind(guest.fd, (struct sockaddr *)&guest.at, guest.length) == 0);
    guest.length = sizeof guest.at;
    EXPECT(getsockname(guest.fd, (struct sockaddr *)&guest.at, &guest.length) == 0);
    struct sockaddr_in6 own;
    memcpy(&own, &guest.at, sizeof own);
    struct end v4 = make_end("127.0.0.1");
    struct sockaddr_in peer;
    memcpy(&peer, &v4.at, sizeof peer);
    struct sockaddr_in6 mapped = {
        .sin6_family = AF_INET6, .sin6_port = peer.sin_port, .sin6_addr = net_map_v4(peer.sin_addr)};
    EXPECT(sendto(guest.fd, "q", 1, 0, (struct sockaddr *)&mapped, sizeof mapped) == 1 && hear(&v4) == 'q');
    struct end to;
    to.length = address(&to.at, "127.0.0.1", ntohs(own.sin6_port));
    struct end other = make_end("127.0.0.1");
    EXPECT(say(&other, &to, 'x') && say(&v4, &to, 'y') && hear(&guest) == 'y' && hear(&guest) == '\0');
    close(guest.fd);
    close(v4.fd);
    close(other.fd);
}

static void the_longest_forgotten_makes_room(void) {
    struct end guest = make_guest("127.0.0.1");
    struct end peers[REMEMBERED + 1];
    for (size_t i = 0; i <= REMEMBERED; i++) {
        peers[i] = make_end("127.0.0.1");
        EXPECT(say(&guest, &peers[i], 'q'));
    }
    EXPECT(say(&peers[0], &guest, 'x') && hear(&guest) == '\0');
    for (size_t i = 1; i <= REMEMBERED; i++) EXPECT(say(&peers[i], &guest, 'y') && hear(&guest) == 'y');
    EXPECT(say(&guest, &peers[0], 'q') && say(&peers[0], &guest, 'z') && hear(&guest) == 'z');
    for (size_t i = 0; i <= REMEMBERED; i++) close(peers[i].fd);
    close(guest.fd);
}

static void anybody_may_send_to_a_published_port(void) {
    struct end guest = make_end("127.0.0.1");
    struct end client = make_end("127.0.0.1");
    EXPECT(answers_open(guest.fd));
    EXPECT(say(&client, &guest, 'a') && hear(&guest) == 'a');
    EXPECT(say(&guest, &client, 'b') && hear(&client) == 'b');
    struct end second = make_end("127.0.0.1");
    EXPECT(say(&second, &guest, 'c') && hear(&guest) == 'c');
    close(guest.fd);
    close(client.fd);
    close(second.fd);
}

int main(void) {
    net_policy_enforce(&open_policy);
    only_who_was_spoken_to_is_heard("127.0.0.1", "127.0.0.1");
    only_who_was_spoken_to_is_heard("127.0.0.1", "127.0.0.2");
    only_who_was_spoken_to_is_heard("::1", "::1");
    an_ipv6_socket_hears_both_families();
    the_longest_forgotten_makes_room();
    anybody_may_send_to_a_published_port();
    return failures == 0 ? 0 : 1;
}
