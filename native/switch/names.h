/* DNS for the names of the boxes on a network. */
#ifndef SWITCH_NAMES_H
#define SWITCH_NAMES_H

#include "segment.h"

/*
 * The frame that answers a question to the network's own address, port 53; 0 when the frame is none. A name that no box
 * has is REFUSED: the one who asks is to ask another server.
 * @param frame an IPv4 packet that segment_pass() has let through
 */
size_t names_answer(const struct segment *segment, const uint8_t *frame, size_t length, uint8_t reply[FRAME_MOST]);

#endif
