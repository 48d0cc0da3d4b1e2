// A stream of content that says where it ends: pieces of at most MAX_CHUNK bytes after their u32 lengths, and a length
// of 0. So content that breaks off is told from content that is whole.
#ifndef CHUNKS_H
#define CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// All zero in the beginning.
struct chunks {
    uint8_t head[4];
    size_t head_length;
    // Of the piece.
    uint32_t left;
    bool ended;
    // A length is too large.
    bool broken;
};

// Takes bytes off the beginning of *BYTES. Returns how many of them are content, which *CONTENT points to then; 0 when
// all have been taken, or nothing more is.
size_t chunks_take(struct chunks *chunks, const uint8_t **bytes, size_t *length, const uint8_t **content);

#endif
