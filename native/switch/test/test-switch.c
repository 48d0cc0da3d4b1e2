/*
 * Tests of the switch: streams split arbitrarily, and lengths, frames and DNS queries of a hostile guest. The argument
 * is a seed for random choices (default: the time).
 */
#define _GNU_SOURCE
#include "../names.h"
#include "../segment.h"
#include "expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 300000, ETHERNET = 14, MAX_QUERY = 300 };

static const uint8_t own_mac[] = {2, 0x42, 10, 89, 7, 1};

static uint64_t state;

/* xorshift64 */
static uint32_t chance(uint32_t below) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 11) % below;
}

static void put_length(uint8_t *to, uint32_t length) {
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(length >> (24 - 8 * i));
}

/* Writes the bytes in chunks of random size, and calls EACH for every resulting frame. */
static void feed(const uint8_t *bytes, size_t length, void (*each)(const uint8_t *, size_t)) {
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
        while (inlet_next(&inlet, &frame, &size)) each(frame, size);
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
static void test_inlet(void) {
    static uint8_t bytes[2 << 20];
    size_t used = 0;
    expected_count = seen_count = 0;
    while (expected_count < 400) {
        size_t length = chance(8) == 0 ? MAX_FRAME + 1 + chance(9000) : chance(MAX_FRAME + 1);
        put_length(bytes + used, (uint32_t)length);
        memset(bytes + used + LENGTH_BYTES, (int)(expected_count & 0xff), length);
        used += LENGTH_BYTES + length;
        if (length <= MAX_FRAME) expected[expected_count++] = length;
    }
    feed(bytes, used, expect_next);
    EXPECT(seen_count == expected_count);
    /* A frame that claims 4 GiB swallows its sender's stream, but no memory. */
    put_length(bytes, UINT32_MAX);
    memset(bytes + LENGTH_BYTES, 0, 1 << 20);
    expected_count = seen_count = 0;
    feed(bytes, 1 << 20, expect_next);
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
        put_length(frame, (uint32_t)added);
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
        uint8_t place[4];
        put_length(place, (uint32_t)at);
        EXPECT(memcmp(sent + at + LENGTH_BYTES, place, sizeof place) == 0);
        at += LENGTH_BYTES + ((size_t)sent[at + 2] << 8 | sent[at + 3]);
    }
    close(ends[1]);
    outlet_add(&outlet, frame, 4);
    EXPECT(!outlet_flush(&outlet, ends[0]));
    close(ends[0]);
}

static struct segment segment;
static struct member members[3];

/* Three boxes: .2, .3 and .4. */
static void build_segment(void) {
    static const char hello[] = "Web\0web-host";
    memset(&segment, 0, sizeof segment);
    memset(members, 0, sizeof members);
    memcpy(segment.network, own_mac + 2, sizeof segment.network);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT(segment_add(&segment, &members[i]) == 2 + i);
        EXPECT(segment_join(&segment, 2 + i, (const uint8_t *)(i == 1 ? "other" : hello), i == 1 ? 6 : sizeof hello));
        members[i].outlet.used = 0;
    }
}

/* Builds a datagram with this body from box .2 to the network's own address. */
static size_t make_question(uint8_t *frame, const uint8_t *body, size_t length) {
    static const uint8_t head[] = {2, 0x42, 10, 89, 7, 1,  2,  0x42, 10, 89, 7,  2, 8, 0,    0x45, 0, 0,  0, 0, 0, 0x40,
                                   0, 64,   17, 0,  0, 10, 89, 7,    2,  10, 89, 7, 1, 0x30, 0x39, 0, 53, 0, 0, 0, 0};
    memcpy(frame, head, sizeof head);
    memcpy(frame + sizeof head, body, length);
    size_t total = 28 + length;
    frame[ETHERNET + 2] = (uint8_t)(total >> 8);
    frame[ETHERNET + 3] = (uint8_t)total;
    frame[ETHERNET + 24] = (uint8_t)((8 + length) >> 8);
    frame[ETHERNET + 25] = (uint8_t)(8 + length);
    return ETHERNET + total;
}

static size_t ask(const char *name, uint8_t type, uint8_t *reply) {
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
    return names_answer(&segment, frame, make_question(frame, body, used + sizeof tail), reply);
}

static void test_names(void) {
    uint8_t reply[MAX_FRAME];
    const uint8_t *dns = reply + 42;
    build_segment();
    size_t size = ask("wEB", 1, reply);
    EXPECT(size > 0 && memcmp(reply, "\2\x42\x0a\x59\7\2\2\x42\x0a\x59\7\1", 12) == 0);
    /* Two boxes have the name: NOERROR and two answers, each ending with an address. */
    EXPECT(dns[0] == 0xab && dns[1] == 0xcd && (dns[3] & 15) == 0 && dns[7] == 2);
    EXPECT(memcmp(reply + size - 4, "\x0a\x59\7\4", 4) == 0 && memcmp(reply + size - 20, "\x0a\x59\7\2", 4) == 0);
    EXPECT(ask("web-host", 1, reply) > 0 && dns[7] == 2);
    EXPECT(ask("other", 28, reply) > 0 && (dns[3] & 15) == 0 && dns[7] == 0);
    EXPECT(ask("example.com", 1, reply) > 0 && (dns[3] & 15) == 5 && dns[7] == 0);
    segment_remove(&segment, 4);
    EXPECT(ask("web", 1, reply) > 0 && dns[7] == 1);
    EXPECT(segment_add(&segment, &members[2]) == 5);
}

/* A reply is a single frame to the sender, with consistent lengths, no matter what the query contains. */
static void test_hostile_questions(void) {
    static const uint8_t asked[] = "\xab\xcd\1\0\0\1\0\0\0\0\0\0\3web\0\0\1\0\1";
    build_segment();
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
        size_t length = make_question(frame, body, size_of_body);
        for (uint32_t changes = chance(4); changes > 0; changes--)
            frame[ETHERNET + chance((uint32_t)length - ETHERNET)] = (uint8_t)chance(256);
        if (chance(3) == 0) length = 34 + chance((uint32_t)length - 33);
        /* On the heap, so that sanitizers detect reads past its end. */
        uint8_t *copy = malloc(length);
        EXPECT(copy != NULL);
        memcpy(copy, frame, length);
        size_t size = names_answer(&segment, copy, length, reply);
        if (size > 0) {
            EXPECT(size <= MAX_FRAME && size > 54 && memcmp(reply, copy + 6, 6) == 0 &&
                   memcmp(reply + 6, own_mac, 6) == 0);
            EXPECT(((size_t)reply[16] << 8 | reply[17]) == size - ETHERNET);
            EXPECT(((size_t)reply[38] << 8 | reply[39]) == size - 34);
        }
        free(copy);
    }
}

/* Checks every frame in the outlet and empties it. */
static void expect_from(unsigned from, struct outlet *outlet) {
    uint8_t mac[MAC_BYTES];
    uint8_t frame[LENGTH_BYTES + MAX_FRAME];
    segment_mac(&segment, from, mac);
    for (size_t at = 0; at < outlet->used;) {
        for (size_t i = 0; i < sizeof frame && at + i < outlet->used; i++) {
            frame[i] = outlet->bytes[(outlet->start + at + i) % OUTLET_BYTES];
        }
        size_t length = (size_t)frame[2] << 8 | frame[3];
        const uint8_t *head = frame + LENGTH_BYTES;
        EXPECT(memcmp(head + 6, mac, sizeof mac) == 0);
        if (head[12] == 8 && head[13] == 0) EXPECT(memcmp(head + ETHERNET + 12, mac + 2, 4) == 0);
        if (head[12] == 8 && head[13] == 6)
            EXPECT(memcmp(head + ETHERNET + 8, mac, 6) == 0 && memcmp(head + ETHERNET + 14, mac + 2, 4) == 0);
        EXPECT(head[12] == 8 && (head[13] == 0 || head[13] == 6));
        at += LENGTH_BYTES + length;
    }
    outlet->used = 0;
}

/* Frames of box .2 reach only their receivers, and only with the sender's own addresses, no matter what it sends. */
static void test_hostile_frames(void) {
    size_t passed = 0;
    build_segment();
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t frame[MAX_FRAME] = {2, 0x42, 10,   89, 7,  3, 2, 0x42, 10, 89, 7, 2, 8, 6, 0, 1, 8, 0,  6,  4, 0,
                                    1, 2,    0x42, 10, 89, 7, 2, 10,   89, 7,  2, 0, 0, 0, 0, 0, 0, 10, 89, 7, 3};
        size_t length = 42;
        if (chance(2) == 0) length = make_question(frame, frame, 20), frame[5] = 3;
        if (chance(4) == 0) memset(frame, 0xff, 6);
        for (uint32_t changes = chance(4); changes > 0; changes--)
            frame[chance((uint32_t)length)] = (uint8_t)chance(256);
        if (chance(8) == 0) length = chance(MAX_FRAME + 1);
        uint8_t *copy = malloc(length + 1);
        EXPECT(copy != NULL);
        memcpy(copy, frame, length);
        segment_pass(&segment, 2, copy, length);
        bool is_third = (frame[0] & 1) != 0 || frame[5] == 4;
        EXPECT(is_third || members[2].outlet.used == 0);
        passed += members[1].outlet.used > 0;
        expect_from(2, &members[1].outlet);
        expect_from(2, &members[2].outlet);
        members[0].outlet.used = 0;
        free(copy);
    }
    EXPECT(passed > ROUNDS / 10 && passed < ROUNDS * 9 / 10);
}

/*
 * The network's address answers ARP. A full network accepts no members, and freed numbers are reused as late as
 * possible.
 */
static void test_segment(void) {
    static struct member many[NUMBERS];
    uint8_t frame[42] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0x42, 10, 89, 7, 2, 8, 6, 0, 1, 8, 0,  6,  4, 0,
                         1,    2,    0x42, 10,   89,   7,    2, 10,   89, 7,  2, 0, 0, 0, 0, 0, 0, 10, 89, 7, 1};
    build_segment();
    segment_pass(&segment, 2, frame, sizeof frame);
    EXPECT(members[0].outlet.used == LENGTH_BYTES + 42 && members[0].outlet.bytes[LENGTH_BYTES + 21] == 2);
    EXPECT(memcmp(members[0].outlet.bytes + LENGTH_BYTES + 22, own_mac, sizeof own_mac) == 0);
    EXPECT(members[1].outlet.used == LENGTH_BYTES + 42);
    EXPECT(!segment_join(&segment, 3, frame, 0));
    static const uint8_t long_hello[NAMES_BYTES];
    EXPECT(!segment_join(&segment, 3, long_hello, NAMES_BYTES - 1));
    memset(&segment, 0, sizeof segment);
    for (unsigned i = FIRST_NUMBER; i <= LAST_NUMBER; i++) EXPECT(segment_add(&segment, &many[i]) == i);
    EXPECT(segment_add(&segment, &many[0]) == 0);
    segment_remove(&segment, 100);
    segment_remove(&segment, 9);
    EXPECT(segment_add(&segment, &many[0]) == 9 && segment.count == LAST_NUMBER - FIRST_NUMBER);
    EXPECT(segment_add(&segment, &many[1]) == 100);
}

int main(int argc, char **argv) {
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    state = seed * 2654435761U + 1;
    printf("test-switch %llu\n", (unsigned long long)seed);
    test_inlet();
    test_outlet();
    test_names();
    test_hostile_questions();
    test_hostile_frames();
    test_segment();
    return failures > 0;
}
