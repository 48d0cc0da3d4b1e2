#ifndef NETWORK_FRAMES_H
#define NETWORK_FRAMES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The largest frame in both directions, with its Ethernet header. */
enum { LARGEST_FRAME = 65514 };

/* Frames for the guest, collected until they are sent together. */
struct outgoing {
    int stream;
    size_t used;
    uint8_t bytes[1 << 17];
};

/* Adds a frame. A longer one than LARGEST_FRAME is dropped. */
void outgoing_add(struct outgoing *outgoing, const void *frame, size_t length);

/*
 * Sends all frames. If the VMM does not take them, this waits: the VMM never waits for this process, and what is not
 * dropped need not be repeated. Ends this process if the VMM has ended.
 */
void outgoing_send(struct outgoing *outgoing);

#endif
