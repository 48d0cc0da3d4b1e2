#include "chunks.h"

#include "../common/bytes.h"
#include "../common/guest-protocol.h"

size_t chunks_take(struct chunks *chunks, const uint8_t **bytes, size_t *length, const uint8_t **content) {
    while (*length > 0 && !chunks->ended && !chunks->broken) {
        if (chunks->left > 0) {
            size_t part = *length < chunks->left ? *length : chunks->left;
            *content = *bytes;
            *bytes += part;
            *length -= part;
            chunks->left -= (uint32_t)part;
            return part;
        }
        chunks->head[chunks->head_length++] = *(*bytes)++;
        --*length;
        if (chunks->head_length < sizeof chunks->head) continue;
        chunks->head_length = 0;
        chunks->left = read_u32(chunks->head);
        chunks->ended = chunks->left == 0;
        chunks->broken = chunks->left > MAX_CHUNK;
    }
    return 0;
}
