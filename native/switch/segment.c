#include "segment.h"

#include "../common/bytes.h"
#include "names.h"

#include <string.h>

enum {
    TYPE_IPV4 = 0x0800,
    TYPE_ARP = 0x0806,
    ETHERNET = 14,
    MIN_IPV4 = 20,
    ARP_BYTES = 28,
    ARP_REQUEST = 1,
    ARP_REPLY = 2
};

void segment_address(const struct segment *segment, unsigned number, uint8_t address[ADDRESS_BYTES]) {
    memcpy(address, segment->network, sizeof segment->network);
    address[3] = (uint8_t)number;
}

void segment_mac(const struct segment *segment, unsigned number, uint8_t mac[MAC_BYTES]) {
    mac[0] = 0x02;
    mac[1] = 0x42;
    segment_address(segment, number, mac + 2);
}

unsigned segment_add(struct segment *segment, struct member *member) {
    unsigned number = segment->last;
    for (unsigned tries = FIRST_NUMBER; tries <= LAST_NUMBER; tries++) {
        number = number < FIRST_NUMBER || number >= LAST_NUMBER ? FIRST_NUMBER : number + 1;
        if (segment->members[number] != NULL) continue;
        segment->members[number] = member;
        segment->last = number;
        segment->count++;
        return number;
    }
    return 0;
}

void segment_remove(struct segment *segment, unsigned number) {
    segment->members[number] = NULL;
    segment->count--;
}

static char lower(uint8_t byte) { return (char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte); }

bool segment_join(struct segment *segment, unsigned number, const uint8_t *hello, size_t length) {
    struct member *member = segment->members[number];
    if (length == 0 || length > NAMES_BYTES - 2) return false;
    for (size_t i = 0; i < length; i++) member->names[i] = lower(hello[i]);
    memset(member->names + length, 0, NAMES_BYTES - length);
    uint8_t answer[ADDRESS_BYTES + 1 + MAC_BYTES];
    segment_address(segment, number, answer);
    answer[ADDRESS_BYTES] = PREFIX;
    segment_mac(segment, number, answer + ADDRESS_BYTES + 1);
    member->joined = true;
    return outlet_add(&member->outlet, answer, sizeof answer);
}

static unsigned type_of(const uint8_t *frame) { return read_be16(frame + 12); }

/* Whether the member may send the frame: only IPv4 and ARP, and only with the addresses assigned to it. */
static bool has_own_addresses(const struct segment *segment, unsigned number, const uint8_t *frame, size_t length) {
    uint8_t mac[MAC_BYTES];
    uint8_t address[ADDRESS_BYTES];
    if (length < MIN_FRAME || length > MAX_FRAME) return false;
    segment_mac(segment, number, mac);
    segment_address(segment, number, address);
    if (memcmp(frame + 6, mac, sizeof mac) != 0) return false;
    const uint8_t *body = frame + ETHERNET;
    if (type_of(frame) == TYPE_IPV4) {
        return length >= ETHERNET + MIN_IPV4 && body[0] >> 4 == 4 && memcmp(body + 12, address, sizeof address) == 0;
    }
    static const uint8_t kind[] = {0, 1, 8, 0, MAC_BYTES, ADDRESS_BYTES}; /* of IPv4 on Ethernet */
    return type_of(frame) == TYPE_ARP && length >= ETHERNET + ARP_BYTES && memcmp(body, kind, sizeof kind) == 0 &&
           memcmp(body + 8, mac, sizeof mac) == 0 && memcmp(body + 14, address, sizeof address) == 0;
}

/* Answers ARP requests for the network's own address. */
static void answer_arp(struct segment *segment, unsigned number, const uint8_t *frame) {
    const uint8_t *asked = frame + ETHERNET;
    uint8_t own[ADDRESS_BYTES];
    segment_address(segment, OWN_NUMBER, own);
    if (asked[6] != 0 || asked[7] != ARP_REQUEST || memcmp(asked + 24, own, sizeof own) != 0) return;
    uint8_t reply[ETHERNET + ARP_BYTES];
    memcpy(reply, frame, sizeof reply);
    uint8_t *body = reply + ETHERNET;
    memcpy(reply, frame + 6, MAC_BYTES);
    segment_mac(segment, OWN_NUMBER, reply + 6);
    body[7] = ARP_REPLY;
    segment_mac(segment, OWN_NUMBER, body + 8);
    memcpy(body + 14, own, sizeof own);
    memcpy(body + 18, asked + 8, MAC_BYTES + ADDRESS_BYTES);
    outlet_add(&segment->members[number]->outlet, reply, sizeof reply);
}

static void answer_question(struct segment *segment, unsigned number, const uint8_t *frame, size_t length) {
    uint8_t reply[MAX_FRAME];
    size_t size = names_answer(segment, frame, length, reply);
    if (size > 0) outlet_add(&segment->members[number]->outlet, reply, size);
}

static void send_to_all(struct segment *segment, unsigned from, const uint8_t *frame, size_t length) {
    for (unsigned to = FIRST_NUMBER; to <= LAST_NUMBER; to++) {
        struct member *member = segment->members[to];
        if (to != from && member != NULL && member->joined) outlet_add(&member->outlet, frame, length);
    }
}

void segment_pass(struct segment *segment, unsigned number, const uint8_t *frame, size_t length) {
    if (!has_own_addresses(segment, number, frame, length)) return;
    bool to_many = (frame[0] & 1) != 0;
    uint8_t mac[MAC_BYTES];
    if (type_of(frame) == TYPE_ARP) answer_arp(segment, number, frame);
    if (to_many) {
        send_to_all(segment, number, frame, length);
        return;
    }
    unsigned to = frame[5];
    segment_mac(segment, to, mac);
    if (memcmp(frame, mac, sizeof mac) != 0) return;
    if (to == OWN_NUMBER && type_of(frame) == TYPE_IPV4) answer_question(segment, number, frame, length);
    struct member *member = segment->members[to];
    if (member != NULL && member->joined && to != number) outlet_add(&member->outlet, frame, length);
}
