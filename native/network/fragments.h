#ifndef NETWORK_FRAGMENTS_H
#define NETWORK_FRAGMENTS_H

#include <stddef.h>
#include <stdint.h>

/* The largest datagram with its Ethernet header. */
enum { LARGEST_DATAGRAM = 14 + 65535 };

/*
 * Reassembles IPv4 datagrams, so that libslirp gets no fragments: version 4.7 follows a stray pointer at a datagram whose
 * first fragment is not the first to arrive. Fragments are accepted in order, as guests send them, of a few datagrams at a
 * time.
 *
 * Returns the frame to hand on, with its LENGTH: FRAME itself, or a datagram that it completes, which is valid until the
 * next call. NULL if there is none.
 */
const uint8_t *fragments_take(const uint8_t *frame, size_t *length);

#endif
