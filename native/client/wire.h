/* The stream between a command and the monitor of a box (src/vm/protocol/control/wire.ts): u32 length (little-endian), u8 kind,
 * payload. */
#ifndef BOX_CLIENT_WIRE_H
#define BOX_CLIENT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/control-protocol.h"

void write_header(uint8_t header[WIRE_HEADER], enum kind kind, uint32_t length);

/* What came so far of the message that is under way. Zeroed at first. */
struct decoder {
    uint8_t header[WIRE_HEADER];
    size_t header_length;
    /* Bytes of the payload that have not come yet. */
    size_t left;
    /* Of a message that is taken as a whole. */
    size_t kept;
    uint8_t payload[WIRE_MOST];
};

/* A part of a message of output, never empty, or any other message as a whole. */
struct piece {
    enum kind kind;
    uint8_t *bytes;
    size_t length;
};

enum decoded { DECODED_ALL, DECODED_PIECE, DECODED_NONSENSE };

/* Takes bytes from the beginning of `*bytes` until there is a piece; its bytes are there until the next call. */
enum decoded decode(struct decoder *decoder, uint8_t **bytes, size_t *length, struct piece *piece);

/* The number in the payload of KIND_WINDOW. */
bool read_window(const struct piece *piece, uint32_t *bytes);

#endif
