/* One network: its addresses, the boxes on it, and what becomes of a frame. Knows nothing of sockets. */
#ifndef SWITCH_SEGMENT_H
#define SWITCH_SEGMENT_H

#include "stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The last byte of an address is a box's number; the network itself has the first of them. */
enum { OWN_NUMBER = 1, FIRST_NUMBER = 2, LAST_NUMBER = 254, NUMBERS = 256, PREFIX = 24 };

enum { MAC_BYTES = 6, ADDRESS_BYTES = 4, NAMES_ROOM = 1024 };

/* A box: whoever holds the other end of `stream`. */
struct member {
    int stream;
    bool joined;            /* it has said its names, and is told its address */
    char names[NAMES_ROOM]; /* in lower case, each ended by NUL, the last one empty */
    struct inlet inlet;
    struct outlet outlet;
};

struct segment {
    uint8_t network[3];
    struct member *members[NUMBERS]; /* by number; NULL: free */
    unsigned count;
    unsigned last; /* number given last: one that was just left is not given again at once */
};

/* The number of a new member, 0 when the network is full. */
unsigned segment_add(struct segment *segment, struct member *member);
void segment_remove(struct segment *segment, unsigned number);

/* What a member says first, names that NUL parts. Answers with its address, prefix and MAC; false: no names. */
bool segment_join(struct segment *segment, unsigned number, const uint8_t *hello, size_t length);

/* Takes a frame of a member to wherever it is for, unless it is not that member's to send. */
void segment_pass(struct segment *segment, unsigned number, const uint8_t *frame, size_t length);

void segment_address(const struct segment *segment, unsigned number, uint8_t address[ADDRESS_BYTES]);
/* As Docker does, an address's MAC is made from it, so that nobody's memory of it is ever wrong. */
void segment_mac(const struct segment *segment, unsigned number, uint8_t mac[MAC_BYTES]);

#endif
