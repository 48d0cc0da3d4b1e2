// Guest side of the frames and records of docs/protocol.md: pure functions over bytes, fuzzed directly.
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

// Reads the frame at the start of `data`. Returns 1 with a frame, 0 if it is incomplete, -1 if it violates the protocol
// (too long, invalid type, flags or channel, a frame that only the guest sends).
int read_frame(const uint8_t *data, size_t have, struct frame *frame);

// A message of records, assembled from frames with MORE. The buffer has one byte more than the largest message, so that
// a terminator always fits.
struct message {
    bool open;
    bool too_large;
    uint8_t type;
    uint16_t channel;
    size_t length;
    uint8_t bytes[MAX_MESSAGE + 1];
};

// Adds a frame. Returns 1 if the message is complete (without its bytes if it is too_large), 0 if more frames follow,
// -1 if a frame of another message comes in between.
int message_add(struct message *message, const struct frame *frame);
// Discards the message, and returns its memory to the kernel if it was large.
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

// Returns 1 with the next record, 0 at the end, -1 if the record is truncated.
int next_record(struct records *records, struct record *record);

#endif
