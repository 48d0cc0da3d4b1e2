/* DNS server for the names of the boxes on a network. */
#ifndef SWITCH_NAMES_H
#define SWITCH_NAMES_H

#include "segment.h"

/*
 * Writes the reply to a DNS query to the network's own address, port 53. Returns its length, or 0 if the frame is not
 * such a query. Names that no box on the network has are REFUSED, so that resolvers ask another server.
 * @param origin the place of the member that asks
 * @param frame an IPv4 packet whose source has been validated
 */
size_t names_answer(const struct place *origin, const uint8_t *frame, size_t length, uint8_t reply[MAX_FRAME]);

#endif
