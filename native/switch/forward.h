/* How frames are forwarded. */
#ifndef SWITCH_FORWARD_H
#define SWITCH_FORWARD_H

#include "segment.h"

/*
 * Forwards a member's frame to its destination, within the network to which the frame's source address belongs, and only if
 * that is the member's own address there.
 */
void forward(const struct member *member, const uint8_t *frame, size_t length);

/* Tells the others on a network which MAC the member has, because they may remember another one for its address. */
void announce(const struct place *place);

#endif
