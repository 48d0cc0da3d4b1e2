#define _GNU_SOURCE
#include "frames.h"

#include "../common/bytes.h"
#include "../switch/stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

_Static_assert(LARGEST_FRAME < INLET_BYTES - LENGTH_BYTES, "a frame must fit into the inlet");

void outgoing_add(struct outgoing *outgoing, const void *frame, size_t length) {
    if (length > LARGEST_FRAME) return;
    if (sizeof outgoing->bytes - outgoing->used < LENGTH_BYTES + length) outgoing_send(outgoing);
    uint8_t *place = outgoing->bytes + outgoing->used;
    write_be32(place, (uint32_t)length);
    memcpy(place + LENGTH_BYTES, frame, length);
    outgoing->used += LENGTH_BYTES + length;
}

void outgoing_send(struct outgoing *outgoing) {
    size_t sent = 0;
    while (sent < outgoing->used) {
        ssize_t part = send(outgoing->stream, outgoing->bytes + sent, outgoing->used - sent, MSG_NOSIGNAL);
        if (part < 0 && errno == EINTR) continue;
        if (part <= 0) _exit(0);
        sent += (size_t)part;
    }
    outgoing->used = 0;
}
