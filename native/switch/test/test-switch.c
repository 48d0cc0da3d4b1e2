/*
 * Tests of the switch: streams split arbitrarily, hellos, frames of every kind between members of one or two networks, and
 * lengths, frames and DNS queries of a hostile guest. The argument is a seed for random choices (default: the time).
 */
#define _GNU_SOURCE
#include "../../common/bytes.h"
#include "../fabric.h"
#include "../forward.h"
#include "../names.h"
#include "expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 300000, ETHERNET = 14, MAX_QUERY = 300 };

/* The addresses of network `blue` are 10.89.7.N, those of `red` are 10.89.8.N. */
#define ADDRESS(third, last) ((uint32_t)(10 << 24 | 89 << 16 | (third) << 8 | (last)))
enum { BLUE = 7, RED = 8 };

static uint64_t state;

/* xorshift64 */
static uint32_t chance(uint32_t below) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 11) % below;
}

/* Writes the bytes in chunks of random size, and calls EACH for every resulting frame. */
static void feed(const uint8_t *bytes, size_t length, size_t most, void (*each)(const uint8_t *, size_t)) {
    static struct inlet inlet;
    const uint8_t *frame = NULL;
    size_t size = 0;
    int ends[2];
    memset(&inlet, 0, sizeof inlet);
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    while (length > 0) {
        size_t piece = 1 + chance(length < 5000 ? (uint32_t)length : 5000);
        EXPECT(write(ends[0], bytes, piece) == (ssize_t)piece);
        bytes += piece;
        length -= piece;
        EXPECT(inlet_fill(&inlet, ends[1]));
        while (inlet_next(&inlet, most, &frame, &size)) each(frame, size);
    }
    EXPECT(inlet_fill(&inlet, ends[1])); /* no data yet is not the end */
    close(ends[0]);
    EXPECT(!inlet_fill(&inlet, ends[1]));
    close(ends[1]);
}

static size_t expected[4096];
static size_t expected_count;
static size_t seen_count;

static void expect_next(const uint8_t *frame, size_t length) {
    EXPECT(seen_count < expected_count && length == expected[seen_count]);
    for (size_t i = 0; i < length; i++) EXPECT(frame[i] == (uint8_t)seen_count);
    seen_count++;
}

/* Frames come out complete wherever the stream is split; those that are too long are skipped entirely. */
static void test_inlet(size_t most, size_t count) {
    static uint8_t bytes[4 << 20];
    size_t used = 0;
    expected_count = seen_count = 0;
    while (expected_count < count) {
        size_t length = chance(8) == 0 ? most + 1 + chance(9000) : chance((uint32_t)most + 1);
        write_be32(bytes + used, (uint32_t)length);
        memset(bytes + used + LENGTH_BYTES, (int)(expected_count & 0xff), length);
        used += LENGTH_BYTES + length;
        if (length <= most) expected[expected_count++] = length;
    }
    feed(bytes, used, most, expect_next);
    EXPECT(seen_count == expected_count);
    /* A frame that claims 4 GiB swallows its sender's stream, but no memory. */
    write_be32(bytes, UINT32_MAX);
    memset(bytes + LENGTH_BYTES, 0, 1 << 20);
    expected_count = seen_count = 0;
    feed(bytes, 1 << 20, most, expect_next);
}

/* A peer that does not read loses complete frames, the most recent ones, and receives the others in order. */
static void test_outlet(void) {
    static struct outlet outlet;
    static uint8_t frame[MAX_FRAME];
    static uint8_t sent[1 << 22];
    int ends[2];
    size_t added = 0;
    size_t got = 0;
    memset(&outlet, 0, sizeof outlet);
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    for (int i = 0; i < 3000; i++) {
        size_t length = 4 + chance(MAX_FRAME - 3);
        write_be32(frame, (uint32_t)added);
        if (outlet_add(&outlet, frame, length)) added += LENGTH_BYTES + length;
        EXPECT(outlet.used <= OUTLET_BYTES);
        if (chance(20) == 0) EXPECT(outlet_flush(&outlet, ends[0]));
        ssize_t part = chance(30) == 0 ? recv(ends[1], sent + got, sizeof sent - got, MSG_DONTWAIT) : 0;
        if (part > 0) got += (size_t)part;
    }
    EXPECT(!outlet_add(&outlet, frame, MAX_FRAME + 1));
    while (got < added) {
        EXPECT(outlet_flush(&outlet, ends[0]));
        ssize_t part = recv(ends[1], sent + got, sizeof sent - got, MSG_DONTWAIT);
        if (part > 0) got += (size_t)part;
    }
    for (size_t at = 0; at < added;) {
        EXPECT(read_be32(sent + at + LENGTH_BYTES) == at);
        at += LENGTH_BYTES + ((size_t)sent[at + 2] << 8 | sent[at + 3]);
    }
    close(ends[1]);
    outlet_add(&outlet, frame, 4);
    EXPECT(!outlet_flush(&outlet, ends[0]));
    close(ends[0]);
}

#define STRINGS(text) ((struct strings){text, sizeof(text)})

static struct hello_network on_blue(struct strings names) {
    return (struct hello_network){.action = ACTION_ENTER,
                                  .key = "b1",
                                  .subnet = {ADDRESS(BLUE, 0), 24, ADDRESS(BLUE, 1)},
                                  .names = names,
                                  .label = "Blue"};
}

static struct hello_network on_red(struct strings names) {
    return (struct hello_network){.action = ACTION_ENTER,
                                  .key = "4ed",
                                  .subnet = {ADDRESS(RED, 0), 24, ADDRESS(RED, 1)},
                                  .names = names,
                                  .label = "red"};
}

static struct fabric fabric;

static void forget(struct member *member) { (void)member; }

static void clear_fabric(void) {
    for (size_t i = 0; i < fabric.count; i++) fabric_leave(&fabric, fabric.members[i]);
    fabric_sweep(&fabric, forget);
    EXPECT(fabric.count == 0 && fabric.segments == NULL);
}

/* Reads the frame at the start of the outlet into FRAME. Returns its length, or 0 if there is none. */
static size_t take_frame(struct outlet *outlet, uint8_t frame[MAX_FRAME]) {
    uint8_t head[LENGTH_BYTES];
    if (outlet->used == 0) return 0;
    for (size_t i = 0; i < sizeof head; i++) head[i] = outlet->bytes[(outlet->start + i) % OUTLET_BYTES];
    size_t length = read_be32(head);
    EXPECT(length <= MAX_FRAME && outlet->used >= sizeof head + length);
    for (size_t i = 0; i < length; i++) {
        frame[i] = outlet->bytes[(outlet->start + sizeof head + i) % OUTLET_BYTES];
    }
    outlet->start = (outlet->start + sizeof head + length) % OUTLET_BYTES;
    outlet->used -= sizeof head + length;
    return length;
}

static void empty(struct outlet *outlet) { outlet->start = outlet->used = 0; }

static struct member *new_member(void) {
    struct member *member = fabric_add(&fabric, -1);
    EXPECT(member != NULL);
    if (member == NULL) abort();
    return member;
}

/* Says hello on the stream of a new member. */
static enum answer greet(struct member *member, enum hello_kind kind, const char *id, size_t count,
                         const struct hello_network *networks) {
    static uint8_t bytes[HELLO_BYTES];
    struct hello hello = {.kind = kind, .id = id, .count = count};
    memcpy(hello.networks, networks, count * sizeof *networks);
    size_t length = hello_write(&hello, bytes);
    EXPECT(length > 0);
    return fabric_greet(&fabric, member, bytes, length);
}

static struct member *joined(const char *id, size_t count, const struct hello_network *networks) {
    struct member *member = new_member();
    EXPECT(greet(member, HELLO_JOIN, id, count, networks) == ANSWER_OK && member->joined);
    return member;
}

/* Three boxes: `web` and `two` on blue (.2, .3), `two` and `db` on red (.2, .3). */
static struct member *web, *two, *db;

static void build_fabric(void) {
    const struct hello_network of_two[] = {on_blue(STRINGS("two\0other")), on_red(STRINGS("two\0alias"))};
    const struct hello_network of_web = on_blue(STRINGS("Web\0web-host"));
    struct hello_network of_db = on_red(STRINGS("db"));
    of_db.links = STRINGS("Linked\0two");
    clear_fabric();
    web = joined("a1", 1, &of_web);
    two = joined("a2", 2, of_two);
    db = joined("a3", 1, &of_db);
    for (size_t i = 0; i < fabric.count; i++) empty(&fabric.members[i]->outlet);
}

static void put_ethernet(uint8_t *frame, const uint8_t *to, const uint8_t *from, unsigned type) {
    memcpy(frame, to, MAC_BYTES);
    memcpy(frame + MAC_BYTES, from, MAC_BYTES);
    write_be16(frame + 12, (uint16_t)type);
}

static const uint8_t to_all[MAC_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static size_t make_ip(uint8_t *frame, const uint8_t *to, const struct member *from, uint32_t source, uint32_t target) {
    memset(frame, 0, 60);
    put_ethernet(frame, to, from->mac, 0x0800);
    frame[ETHERNET] = 0x45;
    frame[ETHERNET + 3] = 46;
    write_be32(frame + ETHERNET + 12, source);
    write_be32(frame + ETHERNET + 16, target);
    return 60;
}

static size_t make_arp(uint8_t *frame, const uint8_t *to, const struct member *from, uint32_t source, uint32_t target) {
    static const uint8_t kind[] = {0, 1, 8, 0, 6, 4, 0, 1};
    memset(frame, 0, 42);
    put_ethernet(frame, to, from->mac, 0x0806);
    memcpy(frame + ETHERNET, kind, sizeof kind);
    memcpy(frame + ETHERNET + 8, from->mac, MAC_BYTES);
    write_be32(frame + ETHERNET + 14, source);
    write_be32(frame + ETHERNET + 24, target);
    return 42;
}

static bool has_frame(struct member *member, const uint8_t *frame, size_t length) {
    uint8_t got[MAX_FRAME];
    return take_frame(&member->outlet, got) == length && memcmp(got, frame, length) == 0;
}

static void expect_nothing(void) {
    for (size_t i = 0; i < fabric.count; i++) {
        EXPECT(fabric.members[i]->outlet.used == 0);
        empty(&fabric.members[i]->outlet);
    }
}

/* Every kind of frame stays within the network of its source address. */
static void test_isolation(void) {
    uint8_t frame[MAX_FRAME];
    static const uint8_t multicast[MAC_BYTES] = {1, 0, 0x5e, 0, 0, 0xfb};
    const uint32_t web_blue = ADDRESS(BLUE, 2), two_blue = ADDRESS(BLUE, 3), two_red = ADDRESS(RED, 2),
                   db_red = ADDRESS(RED, 3);
    build_fabric();
    EXPECT(web->places[0]->address == web_blue && two->places[0]->address == two_blue);
    EXPECT(two->places[1]->address == two_red && db->places[0]->address == db_red);

    /* Boxes on the same network reach each other; the member of both has one MAC. */
    size_t length = make_ip(frame, two->mac, web, web_blue, two_blue);
    forward(web, frame, length);
    EXPECT(has_frame(two, frame, length));
    length = make_ip(frame, two->mac, db, db_red, two_red);
    forward(db, frame, length);
    EXPECT(has_frame(two, frame, length));
    length = make_ip(frame, db->mac, two, two_red, db_red);
    forward(two, frame, length);
    EXPECT(has_frame(db, frame, length));
    expect_nothing();

    /* The other network's boxes get nothing, whatever the source. */
    const uint32_t sources[] = {web_blue, two_blue, two_red, db_red, ADDRESS(RED, 99), 0, UINT32_MAX};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        forward(web, frame, make_ip(frame, db->mac, web, sources[i], db_red));
        forward(web, frame, make_arp(frame, db->mac, web, sources[i], db_red));
        forward(db, frame, make_ip(frame, web->mac, db, sources[i], web_blue));
        forward(db, frame, make_arp(frame, web->mac, db, sources[i], web_blue));
    }
    expect_nothing();
    /* The member of both does not connect them: its address on one network is not valid on the other. */
    forward(two, frame, make_ip(frame, db->mac, two, two_blue, db_red));
    forward(two, frame, make_arp(frame, web->mac, two, two_red, web_blue));
    expect_nothing();

    /* Frames to many: broadcast and multicast, ARP and IPv4. */
    length = make_arp(frame, to_all, two, two_red, db_red);
    forward(two, frame, length);
    EXPECT(has_frame(db, frame, length));
    expect_nothing();
    length = make_ip(frame, multicast, two, two_blue, 0xe00000fb);
    forward(two, frame, length);
    EXPECT(has_frame(web, frame, length));
    length = make_ip(frame, to_all, db, db_red, ADDRESS(RED, 255));
    forward(db, frame, length);
    EXPECT(has_frame(two, frame, length));
    forward(web, frame, make_ip(frame, to_all, web, db_red, UINT32_MAX));
    forward(web, frame, make_arp(frame, to_all, web, two_blue, web_blue));
    expect_nothing();

    /* A forged MAC, in the Ethernet header or in ARP. */
    length = make_ip(frame, two->mac, db, web_blue, two_blue);
    forward(web, frame, length);
    length = make_arp(frame, to_all, web, web_blue, two_blue);
    memcpy(frame + ETHERNET + 8, db->mac, MAC_BYTES);
    forward(web, frame, length);
    expect_nothing();

    /* All frames that are neither IPv4 nor ARP are dropped: IPv6, VLAN, PPPoE, a length instead of a type, ARP for other hardware, runts. */
    const unsigned types[] = {0x86dd, 0x8100, 0x88a8, 0x8863, 0x8864, 0x88cc, 0x0842, 46, 0};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        length = make_ip(frame, i % 2 == 0 ? to_all : two->mac, web, web_blue, two_blue);
        write_be16(frame + 12, (uint16_t)types[i]);
        forward(web, frame, length);
    }
    length = make_arp(frame, to_all, web, web_blue, two_blue);
    for (size_t i = 0; i < 6; i++) {
        frame[ETHERNET + i]++;
        forward(web, frame, length);
        frame[ETHERNET + i]--;
    }
    for (size_t size = 0; size < length; size++) forward(web, frame, size);
    length = make_ip(frame, two->mac, web, web_blue, two_blue);
    for (size_t size = 0; size < ETHERNET + 20; size++) forward(web, frame, size);
    frame[ETHERNET] = 0x65;
    forward(web, frame, length);
    expect_nothing();
    forward(web, frame, make_ip(frame, web->mac, web, web_blue, web_blue)); /* to itself */
    expect_nothing();
}

/* The network's address answers ARP, for its own network only. */
static void test_gateway(void) {
    uint8_t frame[MAX_FRAME];
    uint8_t reply[MAX_FRAME];
    static const uint8_t blue_mac[] = {0xfe, 0x42, 10, 89, BLUE, 1}, red_mac[] = {0xfe, 0x42, 10, 89, RED, 1};
    build_fabric();
    forward(two, frame, make_arp(frame, to_all, two, ADDRESS(RED, 2), ADDRESS(RED, 1)));
    EXPECT(take_frame(&two->outlet, reply) == 42 && memcmp(reply, two->mac, MAC_BYTES) == 0);
    EXPECT(memcmp(reply + 6, red_mac, MAC_BYTES) == 0 && reply[21] == 2);
    EXPECT(memcmp(reply + 22, red_mac, MAC_BYTES) == 0 && read_be32(reply + 28) == ADDRESS(RED, 1));
    EXPECT(memcmp(reply + 32, two->mac, MAC_BYTES) == 0 && read_be32(reply + 38) == ADDRESS(RED, 2));
    empty(&db->outlet);
    forward(two, frame, make_arp(frame, red_mac, two, ADDRESS(BLUE, 3), ADDRESS(RED, 1)));
    forward(web, frame, make_arp(frame, to_all, web, ADDRESS(BLUE, 2), ADDRESS(RED, 1)));
    empty(&two->outlet); /* web's question */
    forward(two, frame, make_ip(frame, blue_mac, two, ADDRESS(RED, 2), ADDRESS(BLUE, 1)));
    expect_nothing();
}

/* Builds a datagram with this body from a member's place to its network's own address. */
static size_t make_question(uint8_t *frame, const struct place *from, const uint8_t *body, size_t length) {
    uint8_t mac[MAC_BYTES];
    segment_mac(from->segment, mac);
    (void)make_ip(frame, mac, from->member, from->address, from->segment->subnet.gateway);
    frame[ETHERNET + 9] = 17;
    uint8_t *udp = frame + ETHERNET + 20;
    write_be16(udp, 12345);
    write_be16(udp + 2, 53);
    write_be16(udp + 4, (uint16_t)(8 + length));
    write_be16(udp + 6, 0);
    memcpy(udp + 8, body, length);
    write_be16(frame + ETHERNET + 2, (uint16_t)(28 + length));
    return ETHERNET + 28 + length;
}

static size_t ask(const struct place *from, const char *name, uint8_t type, uint8_t *reply) {
    uint8_t body[MAX_QUERY] = {0xab, 0xcd, 1, 0, 0, 1};
    uint8_t frame[MAX_FRAME];
    size_t used = 12;
    while (*name != '\0') {
        size_t label = strcspn(name, ".");
        body[used++] = (uint8_t)label;
        memcpy(body + used, name, label);
        used += label;
        name += label + (name[label] == '.');
    }
    const uint8_t tail[] = {0, 0, type, 0, 1};
    memcpy(body + used, tail, sizeof tail);
    return names_answer(from, frame, make_question(frame, from, body, used + sizeof tail), reply);
}

/* Asks for a name. Returns the only address, 0 if it is refused, or 1 if there are several. */
static uint32_t resolve(const struct place *from, const char *name) {
    uint8_t reply[MAX_FRAME];
    size_t size = ask(from, name, 1, reply);
    const uint8_t *dns = reply + 42;
    EXPECT(size > 54 && read_be16(dns) == 0xabcd);
    if ((dns[3] & 15) == 5) return 0;
    EXPECT((dns[3] & 15) == 0 && dns[7] > 0);
    return dns[7] > 1 ? 1 : read_be32(reply + size - 4);
}

static void test_names(void) {
    uint8_t reply[MAX_FRAME];
    const uint8_t *dns = reply + 42;
    build_fabric();
    const struct place *blue = two->places[0], *red = two->places[1];
    EXPECT(ask(blue, "wEB", 1, reply) > 0 && memcmp(reply, two->mac, MAC_BYTES) == 0 && reply[6] == 0xfe);
    EXPECT(resolve(blue, "web") == ADDRESS(BLUE, 2) && resolve(blue, "WEB-host") == ADDRESS(BLUE, 2));
    /* Each network knows only its own names. */
    EXPECT(resolve(red, "web") == 0 && resolve(blue, "db") == 0 && resolve(red, "db") == ADDRESS(RED, 3));
    EXPECT(resolve(red, "alias") == ADDRESS(RED, 2) && resolve(blue, "alias") == 0);
    EXPECT(resolve(web->places[0], "two") == ADDRESS(BLUE, 3) && resolve(db->places[0], "two") == ADDRESS(RED, 2));
    /* A link is its owner's only. */
    EXPECT(resolve(db->places[0], "linked") == ADDRESS(RED, 2) && resolve(red, "linked") == 0);
    EXPECT(ask(blue, "other", 28, reply) > 0 && (dns[3] & 15) == 0 && dns[7] == 0);
    EXPECT(ask(blue, "example.com", 1, reply) > 0 && (dns[3] & 15) == 5 && dns[7] == 0);
    /* As in Docker, the network's name may follow. */
    EXPECT(resolve(blue, "web.blue") == ADDRESS(BLUE, 2) && resolve(blue, "OTHER.Blue") == ADDRESS(BLUE, 3));
    EXPECT(resolve(red, "web.blue") == 0 && resolve(blue, "web.red") == 0 && resolve(blue, "db.blue") == 0);
    EXPECT(resolve(db->places[0], "linked.red") == ADDRESS(RED, 2) && resolve(red, "linked.red") == 0);
    EXPECT(resolve(blue, "blue") == 0 && resolve(blue, "webblue") == 0);
    const struct hello_network again = on_blue(STRINGS("third\0web"));
    struct member *third = joined("a4", 1, &again);
    EXPECT(resolve(blue, "web") == 1);
    fabric_leave(&fabric, third);
    EXPECT(resolve(blue, "web") == ADDRESS(BLUE, 2) && resolve(blue, "third") == 0);
}

/* Whether the answer to a query for a name of type PTR is this domain name; NULL: the query is refused. */
static bool points_to(const struct place *from, const char *name, const char *domain) {
    uint8_t reply[MAX_FRAME];
    size_t size = ask(from, name, 12, reply);
    const uint8_t *dns = reply + 42;
    if (domain == NULL) return size > 54 && (dns[3] & 15) == 5 && dns[7] == 0;
    size_t length = strlen(domain) + 1;
    return (dns[3] & 15) == 0 && dns[7] == 1 && size > 54 + 12 + length &&
           read_be16(reply + size - length - 2) == length && memcmp(reply + size - length, domain, length) == 0;
}

/* The name that an address has on the network. */
static void test_reverse(void) {
    build_fabric();
    const struct place *blue = two->places[0], *red = two->places[1];
    EXPECT(points_to(blue, "2.7.89.10.in-addr.arpa", "\3web\4blue"));
    EXPECT(points_to(blue, "3.7.89.10.IN-ADDR.arpa", "\3two\4blue") &&
           points_to(red, "3.8.89.10.in-addr.arpa", "\2db\3red"));
    const char *const unknown[] = {"9.7.89.10.in-addr.arpa",    "1.7.89.10.in-addr.arpa", "3.8.89.10.in-addr.arpa",
                                   "258.7.89.10.in-addr.arpa",  "2.7.89.10.in-addr.arp",  "2.7.89.in-addr.arpa",
                                   "0002.7.89.10.in-addr.arpa", "x.7.89.10.in-addr.arpa", "web"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) EXPECT(points_to(blue, unknown[i], NULL));
    /* Names that DNS cannot express. */
    const char *const names[] = {"a..b", ".a", "0123456789012345678901234567890123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        segment_name(web->places[0], (struct strings){names[i], strlen(names[i]) + 1});
        EXPECT(points_to(blue, "2.7.89.10.in-addr.arpa", NULL));
    }
    segment_name(web->places[0], STRINGS("a.b"));
    EXPECT(points_to(blue, "2.7.89.10.in-addr.arpa", "\1a\1b\4blue"));
}

/* A reply is a single frame to the sender, with consistent lengths, no matter what the query contains. */
static void test_hostile_questions(void) {
    static const uint8_t asked[] = "\xab\xcd\1\0\0\1\0\0\0\0\0\0\3web\0\0\1\0\1";
    uint8_t own_mac[MAC_BYTES];
    build_fabric();
    const struct place *origin = web->places[0];
    segment_mac(origin->segment, own_mac);
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t frame[MAX_FRAME];
        uint8_t reply[MAX_FRAME];
        uint8_t body[MAX_QUERY];
        size_t size_of_body = sizeof asked - 1;
        memcpy(body, asked, size_of_body);
        if (chance(2) == 0) {
            /* A name that may extend to the end of the message. */
            size_of_body = 12 + chance(MAX_QUERY - 12);
            for (size_t i = 12; i < size_of_body; i++) body[i] = (uint8_t)(chance(20) == 0 ? 0 : 1 + chance(80));
        }
        size_t length = make_question(frame, origin, body, size_of_body);
        for (uint32_t changes = chance(4); changes > 0; changes--)
            frame[ETHERNET + chance((uint32_t)length - ETHERNET)] = (uint8_t)chance(256);
        if (chance(3) == 0) length = 34 + chance((uint32_t)length - 33);
        /* On the heap, so that sanitizers detect reads past its end. */
        uint8_t *copy = malloc(length);
        EXPECT(copy != NULL);
        memcpy(copy, frame, length);
        size_t size = names_answer(origin, copy, length, reply);
        if (size > 0) {
            EXPECT(size <= MAX_FRAME && size > 54 && memcmp(reply, copy + 6, 6) == 0 &&
                   memcmp(reply + 6, own_mac, 6) == 0);
            EXPECT(((size_t)reply[16] << 8 | reply[17]) == size - ETHERNET);
            EXPECT(((size_t)reply[38] << 8 | reply[39]) == size - 34);
        }
        free(copy);
    }
}

/* Whether a frame has the addresses of a place. */
static bool is_from(const struct place *place, const uint8_t *frame) {
    const uint8_t *mac = place->member->mac;
    if (memcmp(frame + 6, mac, MAC_BYTES) != 0 || frame[12] != 8) return false;
    if (frame[13] == 0) return read_be32(frame + ETHERNET + 12) == place->address;
    return frame[13] == 6 && memcmp(frame + ETHERNET + 8, mac, MAC_BYTES) == 0 &&
           read_be32(frame + ETHERNET + 14) == place->address;
}

/*
 * Frames of a box on both networks reach only their receivers, and only with the sender's own addresses there, no matter what
 * it sends.
 */
static void test_hostile_frames(void) {
    size_t passed = 0;
    build_fabric();
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t frame[MAX_FRAME] = {0};
        uint8_t got[MAX_FRAME];
        bool red = chance(2) == 0;
        const struct place *origin = two->places[red ? 1 : 0];
        struct member *to = red ? db : web;
        size_t length = chance(2) == 0 ? make_arp(frame, to->mac, two, origin->address, to->places[0]->address)
                                       : make_ip(frame, to->mac, two, origin->address, to->places[0]->address);
        if (chance(4) == 0) memset(frame, 0xff, 6);
        for (uint32_t changes = chance(4); changes > 0; changes--)
            frame[chance((uint32_t)length)] = (uint8_t)chance(256);
        if (chance(8) == 0) length = chance(MAX_FRAME + 1);
        uint8_t *copy = malloc(length + 1);
        EXPECT(copy != NULL);
        memcpy(copy, frame, length);
        forward(two, copy, length);
        passed += to->outlet.used > 0;
        while (take_frame(&web->outlet, got) > 0) EXPECT(is_from(two->places[0], got));
        while (take_frame(&db->outlet, got) > 0) EXPECT(is_from(two->places[1], got));
        empty(&two->outlet);
        free(copy);
    }
    EXPECT(passed > ROUNDS / 10 && passed < ROUNDS * 9 / 10);
}

/* A hello is accepted as a whole or not at all, and the answer says which network is at fault. */
static void test_joining(void) {
    uint8_t answer[MAX_FRAME];
    build_fabric();
    struct hello_network networks[] = {on_blue(STRINGS("new")), on_red(STRINGS("new"))};
    networks[0].address = ADDRESS(BLUE, 200);
    networks[1].address = ADDRESS(RED, 3); /* db's */
    struct member *member = new_member();
    EXPECT(greet(member, HELLO_JOIN, "b1", 2, networks) == ANSWER_TAKEN && member->gone);
    EXPECT(take_frame(&member->outlet, answer) == 2 && answer[0] == ANSWER_TAKEN && answer[1] == 1);
    EXPECT(resolve(web->places[0], "new") == 0);
    const struct {
        uint32_t address;
        enum answer answer;
    } wrong[] = {{ADDRESS(RED, 1), ANSWER_TAKEN},
                 {ADDRESS(RED, 0), ANSWER_OUTSIDE},
                 {ADDRESS(RED, 255), ANSWER_OUTSIDE},
                 {ADDRESS(BLUE, 9), ANSWER_OUTSIDE},
                 {1, ANSWER_OUTSIDE},
                 {UINT32_MAX, ANSWER_OUTSIDE}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        networks[1].address = wrong[i].address;
        EXPECT(greet(new_member(), HELLO_JOIN, "b1", 2, networks) == wrong[i].answer);
    }
    /* The network that exists decides about the subnet; two of a box must not overlap. */
    networks[1].address = 0;
    networks[1].subnet = (struct subnet){ADDRESS(BLUE, 0), 24, ADDRESS(BLUE, 7)};
    EXPECT(greet(new_member(), HELLO_JOIN, "b1", 2, networks) == ANSWER_OK);
    networks[0].address = 0;
    networks[1].key = "9ee";
    EXPECT(greet(new_member(), HELLO_JOIN, "b2", 2, networks) == ANSWER_OVERLAP);
    networks[1].subnet = (struct subnet){ADDRESS(0, 0), 16, ADDRESS(0, 1)};
    EXPECT(greet(new_member(), HELLO_JOIN, "b2", 2, networks) == ANSWER_OVERLAP);
    fabric_sweep(&fabric, forget);

    /* A box that starts again gets its requested address, even if its former stream is still open. */
    struct hello_network asking = on_blue(STRINGS("again"));
    asking.address = ADDRESS(BLUE, 99);
    struct member *former = joined("c1", 1, &asking);
    for (size_t i = 0; i < fabric.count; i++) empty(&fabric.members[i]->outlet);
    struct member *later = joined("c1", 1, &asking);
    EXPECT(former->gone && former->place_count == 0 && later->places[0]->address == ADDRESS(BLUE, 99));
    /* The others learn its MAC. */
    EXPECT(take_frame(&web->outlet, answer) == 42 && is_from(later->places[0], answer));
    EXPECT(read_be32(answer + 38) == ADDRESS(BLUE, 99) && memcmp(answer, to_all, MAC_BYTES) == 0);
    EXPECT(db->outlet.used == 0);
}

/* A join that is refused leaves the box's former connection as it was. */
static void test_refused_replacement(void) {
    uint8_t frame[MAX_FRAME];
    build_fabric();
    struct hello_network networks[] = {on_blue(STRINGS("later")), on_red(STRINGS("later")), on_red(STRINGS("later"))};
    networks[1].key = "9ee"; /* overlaps with the third */
    EXPECT(greet(new_member(), HELLO_JOIN, "a2", 3, networks) == ANSWER_OVERLAP);
    networks[1] = on_red(STRINGS("later"));
    networks[1].address = ADDRESS(RED, 3); /* db's */
    EXPECT(greet(new_member(), HELLO_JOIN, "a2", 2, networks) == ANSWER_TAKEN);
    EXPECT(two->joined && !two->gone && two->place_count == 2);
    EXPECT(resolve(web->places[0], "later") == 0 && resolve(web->places[0], "two") == ADDRESS(BLUE, 3));
    empty(&web->outlet);
    forward(two, frame, make_ip(frame, web->mac, two, ADDRESS(BLUE, 3), ADDRESS(BLUE, 2)));
    EXPECT(has_frame(web, frame, 60));
    /* Also if nobody else is on its network, whose subnet stays. */
    fabric_leave(&fabric, web);
    fabric_leave(&fabric, db);
    networks[0].subnet.gateway = ADDRESS(BLUE, 9);
    networks[1].address = ADDRESS(RED, 1);
    EXPECT(greet(new_member(), HELLO_JOIN, "a2", 2, networks) == ANSWER_TAKEN);
    EXPECT(two->places[0]->segment->subnet.gateway == ADDRESS(BLUE, 1) && two->places[0]->segment->count == 1);
    networks[1].address = ADDRESS(RED, 2); /* its own */
    struct member *later = joined("a2", 2, networks);
    EXPECT(two->gone && two->place_count == 0 && later->places[1]->address == ADDRESS(RED, 2));
    EXPECT(later->places[0]->segment->subnet.gateway == ADDRESS(BLUE, 9));
}

/* Members of different networks may have the same address, but never the same MAC. */
static void test_macs(void) {
    clear_fabric();
    char keys[80][8];
    for (unsigned i = 0; i < 80; i++) {
        struct hello_network network = on_blue(STRINGS("same"));
        snprintf(keys[i], sizeof keys[i], "%x", i + 1);
        network.key = keys[i];
        struct member *member = new_member();
        enum answer answer = greet(member, HELLO_JOIN, keys[i], 1, &network);
        EXPECT(answer == (i < 63 ? ANSWER_OK : ANSWER_CROWDED));
        uint8_t frame[MAX_FRAME];
        if (i >= 63) EXPECT(take_frame(&member->outlet, frame) == 2 && frame[1] == 0);
    }
    fabric_sweep(&fabric, forget);
    EXPECT(fabric.count == 63);
    for (size_t i = 0; i < fabric.count; i++) {
        const uint8_t *mac = fabric.members[i]->mac;
        EXPECT((mac[0] & 3) == 2 && mac[0] != 0xfe);
        for (size_t k = 0; k < i; k++) EXPECT(memcmp(fabric.members[k]->mac, mac, MAC_BYTES) != 0);
    }
}

/* Networks of a running member are changed by another connection, which the switch closes. */
static void test_changes(void) {
    uint8_t answer[MAX_FRAME];
    build_fabric();
    const struct hello_network change[] = {on_red(STRINGS("web\0late")), {.action = ACTION_LEAVE, .key = "b1"}};
    struct member *command = new_member();
    EXPECT(greet(command, HELLO_CHANGE, "a1", 2, change) == ANSWER_OK && command->gone && !command->joined);
    EXPECT(take_frame(&command->outlet, answer) == 1 + MAC_BYTES + ANSWER_NETWORK_BYTES);
    EXPECT(memcmp(answer + 1, web->mac, MAC_BYTES) == 0 && read_be32(answer + 7) == ADDRESS(RED, 4));
    EXPECT(answer[11] == 24 && read_be32(answer + 12) == ADDRESS(RED, 1));
    EXPECT(web->place_count == 1 && web->outlet.used == 0 && web->joined);
    EXPECT(resolve(db->places[0], "late") == ADDRESS(RED, 4) && resolve(two->places[0], "web") == 0);
    /* From now on, its former address is not its own. */
    uint8_t frame[MAX_FRAME];
    empty(&two->outlet);
    forward(web, frame, make_ip(frame, two->mac, web, ADDRESS(BLUE, 2), ADDRESS(BLUE, 3)));
    EXPECT(two->outlet.used == 0);
    EXPECT(greet(new_member(), HELLO_CHANGE, "a1", 1, change) == ANSWER_ALREADY_ON);
    EXPECT(greet(new_member(), HELLO_CHANGE, "a1", 1, change + 1) == ANSWER_UNKNOWN);
    EXPECT(greet(new_member(), HELLO_CHANGE, "dead", 1, change) == ANSWER_UNKNOWN);
    /* Nothing happens if one part is impossible. */
    EXPECT(greet(new_member(), HELLO_CHANGE, "a3", 2, change) == ANSWER_UNKNOWN && db->place_count == 1);
    /* Other names replace the former ones, on one network. */
    struct hello_network names = {.action = ACTION_NAME, .key = "4ed", .names = STRINGS("New\0alias")};
    EXPECT(greet(new_member(), HELLO_CHANGE, "a2", 1, &names) == ANSWER_OK && two->outlet.used == 0);
    EXPECT(resolve(db->places[0], "two") == 0 && resolve(db->places[0], "new") == ADDRESS(RED, 2));
    EXPECT(resolve(db->places[0], "alias") == ADDRESS(RED, 2) && resolve(two->places[0], "two") == ADDRESS(BLUE, 3));
    EXPECT(greet(new_member(), HELLO_CHANGE, "a3", 1, &names) == ANSWER_OK && resolve(db->places[0], "new") == 1);
    names.key = "b1";
    EXPECT(greet(new_member(), HELLO_CHANGE, "a3", 1, &names) == ANSWER_UNKNOWN);
    /* A member may have left all of its networks. */
    const struct hello_network leave[] = {{.action = ACTION_LEAVE, .key = "4ed"}};
    EXPECT(greet(new_member(), HELLO_CHANGE, "a1", 1, leave) == ANSWER_OK && web->place_count == 0 && !web->gone);
}

/* A full network accepts no members, and freed addresses are reused as late as possible. */
static void test_addresses(void) {
    struct hello_network network = on_blue(STRINGS("x"));
    char id[16];
    clear_fabric();
    for (unsigned i = 0; i < 253; i++) {
        snprintf(id, sizeof id, "%x", i);
        EXPECT(joined(id, 1, &network)->places[0]->address == ADDRESS(BLUE, i + 2));
    }
    EXPECT(greet(new_member(), HELLO_JOIN, "f00", 1, &network) == ANSWER_FULL);
    fabric_leave(&fabric, fabric.members[98]);
    fabric_leave(&fabric, fabric.members[7]);
    EXPECT(joined("f01", 1, &network)->places[0]->address == ADDRESS(BLUE, 9));
    EXPECT(joined("f02", 1, &network)->places[0]->address == ADDRESS(BLUE, 100));
    EXPECT(greet(new_member(), HELLO_JOIN, "f03", 1, &network) == ANSWER_FULL);

    /* The gateway is wherever it is wanted, and the smallest subnet has one more address. */
    clear_fabric();
    network.subnet = (struct subnet){ADDRESS(BLUE, 4), 30, ADDRESS(BLUE, 6)};
    EXPECT(joined("1", 1, &network)->places[0]->address == ADDRESS(BLUE, 5));
    EXPECT(greet(new_member(), HELLO_JOIN, "2", 1, &network) == ANSWER_FULL);
    clear_fabric();
    network.subnet = (struct subnet){10 << 24, 8, (10 << 24) + 1};
    EXPECT(joined("1", 1, &network)->places[0]->address == (10 << 24) + 2);
    network.address = (10 << 24) + 0xfffffe;
    EXPECT(joined("2", 1, &network)->places[0]->address == network.address);
    network.address++;
    EXPECT(greet(new_member(), HELLO_JOIN, "3", 1, &network) == ANSWER_OUTSIDE);
    clear_fabric();
    /* The number of connections is limited. */
    for (size_t i = 0; i < MAX_MEMBERS; i++) EXPECT(fabric_add(&fabric, -1) != NULL);
    EXPECT(fabric_add(&fabric, -1) == NULL);
    clear_fabric();
}

/* The longest hello is accepted; truncated, longer or changed ones are refused without harm. */
static void test_hellos(void) {
    static uint8_t bytes[HELLO_BYTES];
    static char names[NAMES_BYTES + 1];
    static char label[NAME_BYTES + 2];
    static char keys[MAX_NETWORKS][ID_BYTES + 1];
    struct hello hello = {.kind = HELLO_JOIN, .id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
    struct hello read;
    clear_fabric();
    memset(names, 'n', sizeof names);
    memset(label, 'l', NAME_BYTES);
    for (size_t end = NAME_BYTES; end < NAMES_BYTES; end += NAME_BYTES + 1) names[end] = '\0';
    names[NAMES_BYTES - 1] = '\0';
    for (unsigned i = 0; i < MAX_NETWORKS; i++) {
        snprintf(keys[i], sizeof keys[i], "%064x", i);
        hello.networks[hello.count++] = (struct hello_network){.action = ACTION_ENTER,
                                                               .key = keys[i],
                                                               .subnet = {ADDRESS(i, 0), 24, ADDRESS(i, 1)},
                                                               .names = {names, NAMES_BYTES},
                                                               .links = {names, NAMES_BYTES},
                                                               .label = label};
    }
    size_t length = hello_write(&hello, bytes);
    EXPECT(length > 0 && length <= HELLO_BYTES && hello_parse(bytes, length, &read) && read.count == MAX_NETWORKS);
    EXPECT(HELLO_BYTES + LENGTH_BYTES <= INLET_BYTES);
    EXPECT(fabric_greet(&fabric, new_member(), bytes, length) == ANSWER_OK);
    for (size_t end = 0; end < length; end += end < 200 ? 1 : 97) {
        uint8_t *copy = malloc(end + 1);
        EXPECT(copy != NULL);
        memcpy(copy, bytes, end);
        bool complete = hello_parse(copy, end, &read);
        EXPECT(!complete || read.count < MAX_NETWORKS);
        free(copy);
    }
    hello.networks[0].names = (struct strings){names, NAMES_BYTES + 1};
    EXPECT(!hello_parse(bytes, hello_write(&hello, bytes), &read));
    hello.networks[0].names = (struct strings){"", 1};
    EXPECT(!hello_parse(bytes, hello_write(&hello, bytes), &read));
    hello.networks[0].names = (struct strings){"no end", 6};
    EXPECT(!hello_parse(bytes, hello_write(&hello, bytes), &read));
    hello.networks[0].names = STRINGS("odd");
    hello.networks[0].links = STRINGS("alias");
    EXPECT(!hello_parse(bytes, hello_write(&hello, bytes), &read));
    hello.networks[0].links = (struct strings){"", 0};
    EXPECT(hello_parse(bytes, hello_write(&hello, bytes), &read));
    label[NAME_BYTES] = 'l';
    EXPECT(!hello_parse(bytes, hello_write(&hello, bytes), &read));
    label[0] = '\0';
    EXPECT(!hello_parse(bytes, hello_write(&hello, bytes), &read));
    memcpy(label, "net", sizeof "net");
    const char *const ids[] = {"", "x", "A1", "../b",
                               "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        hello.id = ids[i];
        EXPECT(!hello_parse(bytes, hello_write(&hello, bytes), &read));
        hello.id = "1";
        hello.networks[1].key = ids[i];
        EXPECT(!hello_parse(bytes, hello_write(&hello, bytes), &read));
        hello.networks[1].key = "1";
    }
    hello.networks[2].key = "1";
    EXPECT(!hello_parse(bytes, hello_write(&hello, bytes), &read)); /* twice */
    hello.count = 1;
    const struct subnet wrong[] = {{ADDRESS(1, 1), 24, ADDRESS(1, 2)},
                                   {ADDRESS(1, 0), 31, ADDRESS(1, 1)},
                                   {ADDRESS(1, 0), 24, ADDRESS(2, 1)},
                                   {ADDRESS(1, 0), 24, ADDRESS(1, 0)},
                                   {ADDRESS(1, 0), 24, ADDRESS(1, 255)},
                                   {0, 7, 1},
                                   {0, 0, 1},
                                   {ADDRESS(1, 0), 255, 1}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        hello.networks[0].subnet = wrong[i];
        EXPECT(!hello_parse(bytes, hello_write(&hello, bytes), &read));
    }
    hello.networks[0] = (struct hello_network){.action = ACTION_LEAVE, .key = "1"};
    EXPECT(!hello_parse(bytes, hello_write(&hello, bytes), &read)); /* of a new member */
    hello.kind = HELLO_CHANGE;
    EXPECT(hello_parse(bytes, hello_write(&hello, bytes), &read));
    hello.networks[0] = (struct hello_network){.action = ACTION_NAME, .key = "1", .names = STRINGS("one\0other")};
    EXPECT(hello_parse(bytes, hello_write(&hello, bytes), &read));
    hello.networks[0].names = (struct strings){"", 0};
    EXPECT(!hello_parse(bytes, hello_write(&hello, bytes), &read));
    hello.networks[0].names = STRINGS("new");
    hello.kind = HELLO_JOIN;
    EXPECT(!hello_parse(bytes, hello_write(&hello, bytes), &read));
    EXPECT(fabric_greet(&fabric, new_member(), (const uint8_t *)"", 0) == ANSWER_INVALID);
    clear_fabric();
}

/* One network's flood fills only the outlets of its own members, up to their limit. */
static void test_flood(void) {
    uint8_t frame[MAX_FRAME] = {0};
    build_fabric();
    (void)make_ip(frame, to_all, web, ADDRESS(BLUE, 2), UINT32_MAX);
    for (int i = 0; i < 2000; i++) forward(web, frame, MAX_FRAME);
    EXPECT(two->outlet.used <= OUTLET_BYTES && two->outlet.used > OUTLET_BYTES - MAX_FRAME - LENGTH_BYTES);
    EXPECT(db->outlet.used == 0 && web->outlet.used == 0);
}

int main(int argc, char **argv) {
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    state = seed * 2654435761U + 1;
    printf("test-switch %llu\n", (unsigned long long)seed);
    test_inlet(MAX_FRAME, 400);
    test_inlet(HELLO_BYTES, 60);
    test_outlet();
    test_isolation();
    test_gateway();
    test_names();
    test_reverse();
    test_hostile_questions();
    test_hostile_frames();
    test_joining();
    test_refused_replacement();
    test_macs();
    test_changes();
    test_addresses();
    test_hellos();
    test_flood();
    clear_fabric();
    return failures > 0;
}
