/* Seeds: well-formed frames between members of a network. */
#include "../../fuzz/mutate.h"
#include "../segment.h"

#include <string.h>

const struct mutation mutation = {
    .max_input = 1 << 13,
    .max_edits = 6,
    .max_run = 64,
    INTERESTING("\0\1\n /\x7f\x80\xc0\xff"),
};

static void put_piece(struct seed *seed, unsigned member, const uint8_t *bytes, size_t length) {
    uint8_t head[6] = {(uint8_t)(member | (length + 4) >> 8 << 4),
                       (uint8_t)(length + 4),
                       0,
                       0,
                       (uint8_t)(length >> 8),
                       (uint8_t)length};
    add(seed, head, sizeof head);
    add(seed, bytes, length);
}

/* Writes the Ethernet header of a frame from member NUMBER to member TO. */
static size_t put_ethernet(uint8_t *frame, uint8_t to, uint8_t number, uint16_t type) {
    const uint8_t head[] = {2, 0x42, 10, 89, 7, to, 2, 0x42, 10, 89, 7, number, (uint8_t)(type >> 8), (uint8_t)type};
    memcpy(frame, head, sizeof head);
    if (to == 255) memset(frame, 255, 6);
    return sizeof head;
}

static size_t put_arp(uint8_t *frame, uint8_t number, uint8_t asked) {
    size_t at = put_ethernet(frame, 255, number, 0x0806);
    const uint8_t body[] = {0,  1,  8, 0,      6, 4, 0, 1, 2, 0x42, 10, 89, 7, number,
                            10, 89, 7, number, 0, 0, 0, 0, 0, 0,    10, 89, 7, asked};
    memcpy(frame + at, body, sizeof body);
    return at + sizeof body;
}

/* Writes a DNS query for a name to the network's own address. */
static size_t put_question(uint8_t *frame, uint8_t number, const char *labels, size_t length) {
    size_t at = put_ethernet(frame, OWN_NUMBER, number, 0x0800);
    uint8_t *ip = frame + at;
    const uint8_t head[] = {0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 89, 7, number, 10, 89, 7, OWN_NUMBER};
    const uint8_t udp[] = {0x30, 0x39, 0, 53, 0, 0, 0, 0, 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    const uint8_t kind[] = {0, 1, 0, 1};
    memcpy(ip, head, sizeof head);
    memcpy(ip + 20, udp, sizeof udp);
    memcpy(ip + 40, labels, length);
    memcpy(ip + 40 + length, kind, sizeof kind);
    size_t size = 44 + length;
    ip[2] = (uint8_t)(size >> 8), ip[3] = (uint8_t)size;
    ip[24] = (uint8_t)((size - 20) >> 8), ip[25] = (uint8_t)(size - 20);
    return at + size;
}

void make_seeds(void) {
    uint8_t frame[MAX_FRAME] = {0};
    struct seed *seeds[4];
    for (int i = 0; i < 4; i++) {
        seeds[i] = new_seed();
        for (unsigned member = 0; member < 3; member++) {
            static const char *const names[] = {"web\0www", "db\0postgres.example", "a"};
            static const size_t lengths[] = {8, 20, 2};
            put_piece(seeds[i], member, (const uint8_t *)names[member], lengths[member]);
        }
    }
    put_piece(seeds[0], 0, frame, put_arp(frame, 2, 1));
    put_piece(seeds[0], 1, frame, put_arp(frame, 3, 2));
    put_piece(seeds[1], 0, frame, put_question(frame, 2, "\2db", 4));
    put_piece(seeds[1], 2, frame, put_question(frame, 4, "\10postgres\7example", 18));
    put_piece(seeds[1], 1, frame, put_question(frame, 3, "\4none", 6));
    size_t at = put_ethernet(frame, 3, 2, 0x0800);
    memcpy(frame + at, "\x45\0\0\x54\0\0\0\0\x40\1\0\0\x0a\x59\7\2\x0a\x59\7\3", 20);
    put_piece(seeds[2], 0, frame, at + 84);
    put_piece(seeds[2], 0, frame, MAX_FRAME);
    put_ethernet(frame, 255, 4, 0x0800);
    put_piece(seeds[3], 2, frame, 1000);
}
