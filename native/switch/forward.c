#include "forward.h"

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

/* Of IPv4 on Ethernet. */
static const uint8_t arp_kind[] = {0, 1, 8, 0, MAC_BYTES, ADDRESS_BYTES};

static unsigned type_of(const uint8_t *frame) { return read_be16(frame + 12); }

/* Reads the sender's address, which only IPv4 and ARP have. Returns false for everything else. */
static bool read_source(const struct member *member, const uint8_t *frame, size_t length, uint32_t *source) {
    const uint8_t *body = frame + ETHERNET;
    if (length < MIN_FRAME || length > MAX_FRAME || memcmp(frame + 6, member->mac, MAC_BYTES) != 0) return false;
    if (type_of(frame) == TYPE_IPV4) {
        if (length < ETHERNET + MIN_IPV4 || body[0] >> 4 != 4) return false;
        *source = read_be32(body + 12);
        return true;
    }
    if (type_of(frame) != TYPE_ARP || length < ETHERNET + ARP_BYTES) return false;
    if (memcmp(body, arp_kind, sizeof arp_kind) != 0 || memcmp(body + 8, member->mac, MAC_BYTES) != 0) return false;
    *source = read_be32(body + 14);
    return true;
}

/* Returns the place of the member that the frame comes from, or NULL if it may not send the frame. */
static const struct place *origin_of(const struct member *member, const uint8_t *frame, size_t length) {
    uint32_t source = 0;
    if (!read_source(member, frame, length, &source)) return NULL;
    for (size_t i = 0; i < member->place_count; i++) {
        if (member->places[i]->address == source) return member->places[i];
    }
    return NULL;
}

/* Answers ARP requests for the network's own address. */
static void answer_arp(const struct place *origin, const uint8_t *frame) {
    const uint8_t *asked = frame + ETHERNET;
    uint32_t own = origin->segment->subnet.gateway;
    if (asked[6] != 0 || asked[7] != ARP_REQUEST || read_be32(asked + 24) != own) return;
    uint8_t reply[ETHERNET + ARP_BYTES];
    memcpy(reply, frame, sizeof reply);
    uint8_t *body = reply + ETHERNET;
    memcpy(reply, frame + 6, MAC_BYTES);
    segment_mac(origin->segment, reply + 6);
    body[7] = ARP_REPLY;
    segment_mac(origin->segment, body + 8);
    write_be32(body + 14, own);
    memcpy(body + 18, asked + 8, MAC_BYTES + ADDRESS_BYTES);
    outlet_add(&origin->member->outlet, reply, sizeof reply);
}

static void answer_question(const struct place *origin, const uint8_t *frame, size_t length) {
    uint8_t reply[MAX_FRAME];
    size_t size = names_answer(origin, frame, length, reply);
    if (size > 0) outlet_add(&origin->member->outlet, reply, size);
}

static void send_to_others(const struct place *origin, const uint8_t *frame, size_t length) {
    const struct segment *segment = origin->segment;
    for (size_t i = 0; i < segment->count; i++) {
        struct place *to = segment->places[i];
        if (to != origin && to->member->joined) outlet_add(&to->member->outlet, frame, length);
    }
}

static struct member *find_receiver(const struct place *origin, const uint8_t mac[MAC_BYTES]) {
    const struct segment *segment = origin->segment;
    for (size_t i = 0; i < segment->count; i++) {
        struct member *member = segment->places[i]->member;
        if (member->joined && memcmp(member->mac, mac, MAC_BYTES) == 0) return member;
    }
    return NULL;
}

void forward(const struct member *member, const uint8_t *frame, size_t length) {
    const struct place *origin = origin_of(member, frame, length);
    if (origin == NULL) return;
    bool is_arp = type_of(frame) == TYPE_ARP;
    if (is_arp) answer_arp(origin, frame);
    if ((frame[0] & 1) != 0) {
        send_to_others(origin, frame, length);
        return;
    }
    uint8_t own[MAC_BYTES];
    segment_mac(origin->segment, own);
    if (memcmp(frame, own, sizeof own) == 0) {
        if (!is_arp) answer_question(origin, frame, length);
        return;
    }
    struct member *to = find_receiver(origin, frame);
    if (to != NULL && to != member) outlet_add(&to->outlet, frame, length);
}

void announce(const struct place *place) {
    uint8_t frame[ETHERNET + ARP_BYTES] = {0};
    uint8_t *body = frame + ETHERNET;
    memset(frame, 0xff, MAC_BYTES);
    memcpy(frame + 6, place->member->mac, MAC_BYTES);
    write_be16(frame + 12, TYPE_ARP);
    memcpy(body, arp_kind, sizeof arp_kind);
    body[7] = ARP_REQUEST;
    memcpy(body + 8, place->member->mac, MAC_BYTES);
    write_be32(body + 14, place->address);
    write_be32(body + 24, place->address);
    send_to_others(place, frame, sizeof frame);
}
