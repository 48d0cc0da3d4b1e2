/* Seeds: well-formed hellos and frames between members of two networks. */
#include "../../common/bytes.h"
#include "../../fuzz/mutate.h"
#include "../fabric.h"

#include <string.h>

const struct mutation mutation = {
    .max_input = 1 << 13,
    .max_edits = 6,
    .max_run = 64,
    INTERESTING("\0\1\2\n /\x7f\x80\xc0\xff"),
};

/* The networks have the keys `7` and `8`, and the addresses 10.89.7.N and 10.89.8.N. */
enum { BLUE = 7, RED = 8 };

static uint32_t address_on(unsigned third, unsigned last) { return 10U << 24 | 89U << 16 | third << 8 | last; }

static void put_piece(struct seed *seed, unsigned stream, const uint8_t *bytes, size_t length) {
    uint8_t head[6] = {(uint8_t)(stream | (length + 4) >> 8 << 4),
                       (uint8_t)(length + 4),
                       0,
                       0,
                       (uint8_t)(length >> 8),
                       (uint8_t)length};
    add(seed, head, sizeof head);
    add(seed, bytes, length);
}

static struct hello_network network_of(unsigned third, struct strings names) {
    return (struct hello_network){.action = ACTION_ENTER,
                                  .key = third == BLUE ? "7" : "8",
                                  .subnet = {address_on(third, 0), 24, address_on(third, 1)},
                                  .names = names,
                                  .label = third == BLUE ? "blue" : "red"};
}

static void put_hello(struct seed *seed, unsigned stream, const struct hello *hello) {
    static uint8_t bytes[HELLO_BYTES];
    put_piece(seed, stream, bytes, hello_write(hello, bytes));
}

#define STRINGS(text) ((struct strings){text, sizeof(text)})

/* On stream 0: blue .2; 1: blue .3 and red .2; 2: red .3; 3, unless it says something else: red .77. */
static void put_hellos(struct seed *seed, bool has_fourth) {
    struct hello first = {.kind = HELLO_JOIN, .id = "a0", .count = 1};
    first.networks[0] = network_of(BLUE, STRINGS("web\0www"));
    struct hello second = {.kind = HELLO_JOIN, .id = "a1", .count = 2};
    second.networks[0] = network_of(BLUE, STRINGS("db\0postgres.example"));
    second.networks[1] = network_of(RED, STRINGS("db"));
    struct hello third = {.kind = HELLO_JOIN, .id = "a2", .count = 1};
    third.networks[0] = network_of(RED, STRINGS("a"));
    third.networks[0].links = STRINGS("linked\0db");
    struct hello fourth = {.kind = HELLO_JOIN, .id = "a3", .count = 1};
    fourth.networks[0] = network_of(RED, STRINGS("b"));
    fourth.networks[0].address = address_on(RED, 77);
    put_hello(seed, 0, &first);
    put_hello(seed, 1, &second);
    put_hello(seed, 2, &third);
    if (has_fourth) put_hello(seed, 3, &fourth);
}

/* Writes the Ethernet header of a frame. TO and FROM are the addresses from which the MACs are derived; TO 0: all. */
static size_t put_ethernet(uint8_t *frame, uint32_t to, uint32_t from, uint16_t type) {
    memcpy(frame, "\2\x42", 2);
    write_be32(frame + 2, to);
    if ((to & 0xff) == 1) frame[0] = 0xfe;
    if (to == 0) memset(frame, 255, 6);
    memcpy(frame + 6, "\2\x42", 2);
    write_be32(frame + 8, from);
    write_be16(frame + 12, type);
    return 14;
}

static size_t put_arp(uint8_t *frame, uint32_t from, uint32_t source, uint32_t asked) {
    size_t at = put_ethernet(frame, 0, from, 0x0806);
    memset(frame + at, 0, 28);
    memcpy(frame + at, "\0\1\x8\0\6\4\0\1\2\x42", 10);
    write_be32(frame + at + 10, from);
    write_be32(frame + at + 14, source);
    write_be32(frame + at + 24, asked);
    return at + 28;
}

static size_t put_ip(uint8_t *frame, uint32_t to, uint32_t from, uint32_t source, size_t size) {
    size_t at = put_ethernet(frame, to, from, 0x0800);
    memcpy(frame + at, "\x45\0\0\0\0\0\0\0\x40\x11\0\0", 12);
    write_be16(frame + at + 2, (uint16_t)size);
    write_be32(frame + at + 12, source);
    write_be32(frame + at + 16, to);
    return at + size;
}

/* Writes a DNS query for a name to a network's own address. */
static size_t put_question(uint8_t *frame, uint32_t to, uint32_t from, uint32_t source, struct strings labels,
                           uint8_t type) {
    static const uint8_t udp[] = {0x30, 0x39, 0, 53, 0, 0, 0, 0, 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    const uint8_t kind[] = {0, type, 0, 1};
    size_t size = 44 + labels.length;
    size_t whole = put_ip(frame, to, from, source, size);
    memcpy(frame + 34, udp, sizeof udp);
    memcpy(frame + 54, labels.bytes, labels.length);
    memcpy(frame + 54 + labels.length, kind, sizeof kind);
    write_be16(frame + 38, (uint16_t)(size - 20));
    return whole;
}

void make_seeds(void) {
    uint8_t frame[MAX_FRAME] = {0};
    const uint32_t web = address_on(BLUE, 2), both = address_on(BLUE, 3), both_red = address_on(RED, 2),
                   db = address_on(RED, 3);
    struct seed *seeds[5];
    for (int i = 0; i < 5; i++) {
        seeds[i] = new_seed();
        put_hellos(seeds[i], i < 4);
    }
    put_piece(seeds[0], 0, frame, put_arp(frame, web, web, address_on(BLUE, 1)));
    put_piece(seeds[0], 1, frame, put_arp(frame, both, both_red, db));
    put_piece(seeds[1], 0, frame, put_question(frame, address_on(BLUE, 1), web, web, STRINGS("\2db"), 1));
    put_piece(seeds[1], 1, frame, put_question(frame, address_on(RED, 1), both, both_red, STRINGS("\1a"), 1));
    put_piece(seeds[1], 2, frame, put_question(frame, address_on(RED, 1), db, db, STRINGS("\6linked\3red"), 1));
    put_piece(seeds[1], 2, frame,
              put_question(frame, address_on(RED, 1), db, db,
                           STRINGS("\1"
                                   "2\1"
                                   "8\2"
                                   "89\2"
                                   "10\7in-addr\4arpa"),
                           12));
    put_piece(seeds[2], 0, frame, put_ip(frame, both, web, web, 84));
    put_piece(seeds[2], 0, frame, MAX_FRAME);
    (void)put_ip(frame, 0, db, db, 900);
    put_piece(seeds[3], 2, frame, 1000);
    struct hello change = {.kind = HELLO_CHANGE, .id = "a0", .count = 2};
    change.networks[0] = network_of(RED, STRINGS("late"));
    change.networks[1] = (struct hello_network){.action = ACTION_LEAVE, .key = "7"};
    put_hello(seeds[4], 3, &change);
    change.count = 1;
    change.networks[0] = (struct hello_network){.action = ACTION_NAME, .key = "8", .names = STRINGS("a\0other")};
    put_hello(seeds[4], 3, &change);
    put_piece(seeds[4], 0, frame, put_arp(frame, web, address_on(RED, 4), db));
}
