#include "wire.h"

#include "../common/bytes.h"

#include <string.h>

void write_header(uint8_t header[WIRE_HEADER], enum kind kind, uint32_t length) {
    write_u32(header, length);
    header[4] = (uint8_t)kind;
}

static bool is_output(enum kind kind) { return kind == KIND_STDOUT || kind == KIND_STDERR; }

/* Consumes what has arrived of a header. */
static enum decoded take_header(struct decoder *decoder, uint8_t **bytes, size_t *length) {
    while (decoder->header_length < WIRE_HEADER) {
        if (*length == 0) return DECODED_NEEDS_MORE;
        decoder->header[decoder->header_length++] = *(*bytes)++;
        --*length;
        if (decoder->header_length < WIRE_HEADER) continue;
        decoder->left = read_u32(decoder->header);
        decoder->kept = 0;
        if (decoder->left > WIRE_MOST || decoder->header[4] > KIND_WINDOW) return DECODED_INVALID;
    }
    return DECODED_CHUNK;
}

enum decoded decode(struct decoder *decoder, uint8_t **bytes, size_t *length, struct chunk *chunk) {
    for (;;) {
        enum decoded header = take_header(decoder, bytes, length);
        if (header != DECODED_CHUNK) return header;
        enum kind kind = (enum kind)decoder->header[4];
        size_t taken = *length < decoder->left ? *length : decoder->left;
        uint8_t *at = *bytes;
        *bytes += taken;
        *length -= taken;
        decoder->left -= taken;
        if (decoder->left == 0) decoder->header_length = 0;
        if (is_output(kind)) {
            if (taken > 0) {
                *chunk = (struct chunk){kind, at, taken};
                return DECODED_CHUNK;
            }
        } else {
            memcpy(decoder->payload + decoder->kept, at, taken);
            decoder->kept += taken;
            if (decoder->left == 0) {
                *chunk = (struct chunk){kind, decoder->payload, decoder->kept};
                return DECODED_CHUNK;
            }
        }
        if (decoder->left > 0) return DECODED_NEEDS_MORE;
    }
}

bool read_window(const struct chunk *chunk, uint32_t *bytes) {
    if (chunk->length != sizeof *bytes) return false;
    *bytes = read_u32(chunk->bytes);
    return true;
}
