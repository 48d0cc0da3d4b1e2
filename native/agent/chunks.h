// A stream of content in chunks: each a u32 length of at most MAX_CHUNK followed by the bytes, the last with length 0.
// The explicit end distinguishes complete content from truncated content.
#ifndef CHUNKS_H
#define CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Zero-initialized.
struct chunks {
    uint8_t head[4];
    size_t head_length;
    // Remaining bytes of the current chunk.
    uint32_t left;
    bool ended;
    // A length was too large.
    bool broken;
};

// Consumes bytes from the start of *BYTES. Returns the number of content bytes and points *CONTENT to them; 0 if all
// bytes are consumed, or the stream has ended or is broken.
size_t chunks_take(struct chunks *chunks, const uint8_t **bytes, size_t *length, const uint8_t **content);

#endif
