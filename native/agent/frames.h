// The frames and records of docs/protocol.md, guest side. Pure functions over bytes: fuzzed as they are.
#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/bytes.h"
#include "../common/guest-protocol.h"

struct frame {
    uint8_t type;
    uint8_t flags;
    uint16_t channel;
    uint32_t length;
    const uint8_t *payload;
};

void write_header(uint8_t *bytes, enum frame_type type, uint16_t channel, uint32_t length);

// Reads the frame at the start of `data`. Returns 1 with a frame, 0 when it is not all there, -1 when the host breaks
// the protocol (too long, unknown type, flags or channel, a frame that only the guest sends).
int read_frame(const uint8_t *data, size_t have, struct frame *frame);

// A message of records, put together from frames with MORE. The bytes are the owner's, one more than a message can
// have, so that a terminator always fits.
struct message {
    bool open;
    bool too_large;
    uint8_t type;
    uint16_t channel;
    size_t length;
    uint8_t bytes[MAX_MESSAGE + 1];
};

// Adds a frame. Returns 1 when the message is complete (or complete and too_large, without its bytes), 0 when more is
// to come, -1 when a frame of another message stands in the middle.
int message_add(struct message *message, const struct frame *frame);
// Forgets the message and gives its memory back.
void message_clear(struct message *message);

struct record {
    uint8_t tag;
    uint32_t length;
    uint8_t *value;
};

struct records {
    uint8_t *at;
    uint8_t *end;
};

// Returns 1 with the next record, 0 at the end, -1 when it is cut off.
int next_record(struct records *records, struct record *record);

#endif
