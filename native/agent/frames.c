#include "frames.h"

#include <string.h>
#include <sys/mman.h>

void write_header(uint8_t *bytes, enum frame_type type, uint16_t channel, uint32_t length) {
    write_u32(bytes, length);
    bytes[4] = (uint8_t)type;
    bytes[5] = 0;
    write_u16(bytes + 6, channel);
}

int read_frame(const uint8_t *data, size_t have, struct frame *frame) {
    if (have < HEADER_BYTES) return 0;
    frame->length = read_u32(data);
    frame->type = data[4];
    frame->flags = data[5];
    frame->channel = (uint16_t)(data[6] | data[7] << 8);
    frame->payload = data + HEADER_BYTES;
    if (frame->length > MAX_PAYLOAD || frame->channel > MAX_CHANNEL) return -1;
    if (!may_come_from_host(frame->type, frame->channel)) return -1;
    bool in_pieces = frame->type == FRAME_CONFIGURE || frame->type == FRAME_START;
    if ((frame->flags & ~(FRAME_FOR_SIDECAR | (in_pieces ? FRAME_MORE : 0))) != 0) return -1;
    return have - HEADER_BYTES >= frame->length ? 1 : 0;
}

int message_add(struct message *message, const struct frame *frame) {
    if (!message->open) {
        message->open = true;
        message->too_large = false;
        message->type = frame->type;
        message->channel = frame->channel;
        message->length = 0;
    } else if (message->type != frame->type || message->channel != frame->channel) {
        return -1;
    }
    if (frame->length > MAX_MESSAGE - message->length) {
        message->too_large = true;
        message->length = 0;
    }
    if (!message->too_large) {
        memcpy(message->bytes + message->length, frame->payload, frame->length);
        message->length += frame->length;
    }
    return (frame->flags & FRAME_MORE) ? 0 : 1;
}

// Returning the memory of such a message is not worth a system call.
enum { SMALL = 64 << 10 };

void message_clear(struct message *message) {
    bool is_small = message->length < SMALL && !message->too_large;
    message->open = false;
    message->length = 0;
    if (is_small) return;
    // Only whole pages inside the array; the partial pages at its ends are kept.
    uintptr_t page = 4096;
    uintptr_t start = ((uintptr_t)message->bytes + page - 1) & ~(page - 1);
    uintptr_t end = ((uintptr_t)message->bytes + sizeof message->bytes) & ~(page - 1);
    (void)madvise((void *)start, end - start, MADV_DONTNEED);
}

int next_record(struct records *records, struct record *record) {
    size_t left = (size_t)(records->end - records->at);
    if (left == 0) return 0;
    if (left < 5) return -1;
    record->tag = records->at[0];
    record->length = read_u32(records->at + 1);
    record->value = records->at + 5;
    if (record->length > left - 5) return -1;
    records->at = record->value + record->length;
    return 1;
}
