/* All networks of the switch, and their members. Independent of sockets. */
#ifndef SWITCH_FABRIC_H
#define SWITCH_FABRIC_H

#include "segment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Including connections that have not said hello. */
enum { MAX_MEMBERS = 960 };

struct fabric {
    struct segment *segments;
    size_t count;
    struct member *members[MAX_MEMBERS];
};

/* Adds a member that has not said hello. Returns NULL if there is no space or memory. */
struct member *fabric_add(struct fabric *fabric, int stream);

/* Takes a member off all of its networks. Its stream must be closed. */
void fabric_leave(struct fabric *fabric, struct member *member);

/* Frees members that are gone; EACH is called for each of them. */
void fabric_sweep(struct fabric *fabric, void (*each)(struct member *member));

/*
 * Handles a member's first frame, all of it or, if the answer is not ANSWER_OK, nothing. Puts the reply into the member's
 * outlet. Afterwards, the member has joined or is gone.
 */
enum answer fabric_greet(struct fabric *fabric, struct member *member, const uint8_t *bytes, size_t length);

#endif
