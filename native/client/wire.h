/* The control stream between a command and a box's monitor (src/vm/protocol/control/wire.ts): u32 length (little-endian),
 * u8 kind, payload. */
#ifndef BOX_CLIENT_WIRE_H
#define BOX_CLIENT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/control-protocol.h"

void write_header(uint8_t header[WIRE_HEADER], enum kind kind, uint32_t length);

/* The part of the current message received so far. Initialized to zero. */
struct decoder {
    uint8_t header[WIRE_HEADER];
    size_t header_length;
    /* Bytes of the payload still to be received. */
    size_t left;
    /* Bytes in `payload`; unused for output, which is not collected. */
    size_t kept;
    uint8_t payload[WIRE_MOST];
};

/* A complete message or, for output, a non-empty part of one. */
struct chunk {
    enum kind kind;
    uint8_t *bytes;
    size_t length;
};

enum decoded { DECODED_NEEDS_MORE, DECODED_CHUNK, DECODED_INVALID };

/* Consumes bytes from the beginning of `*bytes` until there is a chunk, which is valid until the next call. */
enum decoded decode(struct decoder *decoder, uint8_t **bytes, size_t *length, struct chunk *chunk);

/* Reads the payload of KIND_WINDOW. Returns false if it is malformed. */
bool read_window(const struct chunk *chunk, uint32_t *bytes);

#endif
