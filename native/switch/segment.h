/* A network: its addresses, the boxes on it, and how frames are forwarded. Independent of sockets. */
#ifndef SWITCH_SEGMENT_H
#define SWITCH_SEGMENT_H

#include "stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A box's number is the last byte of its address. The first number belongs to the network itself. */
enum { OWN_NUMBER = 1, FIRST_NUMBER = 2, LAST_NUMBER = 254, NUMBERS = 256, PREFIX = 24 };

enum { MAC_BYTES = 6, ADDRESS_BYTES = 4, NAMES_BYTES = 1024 };

/* A box, connected through `stream`. */
struct member {
    int stream;
    bool joined;             /* it has sent its names and received its address */
    char names[NAMES_BYTES]; /* in lower case, each NUL-terminated, followed by an empty one */
    struct inlet inlet;
    struct outlet outlet;
};

struct segment {
    uint8_t network[3];
    struct member *members[NUMBERS]; /* by number; NULL: free */
    unsigned count;
    unsigned last; /* most recently assigned number, so that a freed number is not reused immediately */
};

/* Returns the number of the new member, or 0 if the network is full. */
unsigned segment_add(struct segment *segment, struct member *member);
void segment_remove(struct segment *segment, unsigned number);

/*
 * Handles a member's first frame, its names separated by NULs, and replies with its address, prefix and MAC. Returns
 * false if the frame is invalid.
 */
bool segment_join(struct segment *segment, unsigned number, const uint8_t *hello, size_t length);

/* Forwards a member's frame to its destination, but only if the frame has the member's own source addresses. */
void segment_pass(struct segment *segment, unsigned number, const uint8_t *frame, size_t length);

void segment_address(const struct segment *segment, unsigned number, uint8_t address[ADDRESS_BYTES]);
/* As in Docker, the MAC is derived from the address, so that ARP caches never become stale. */
void segment_mac(const struct segment *segment, unsigned number, uint8_t mac[MAC_BYTES]);

#endif
