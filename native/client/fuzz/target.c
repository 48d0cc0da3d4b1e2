/* The first byte is the size of the chunks in which the rest arrives, as from a socket. */
#include "../../fuzz/target.h"

#include "../event.h"
#include "../wire.h"

#include <stdlib.h>
#include <string.h>

static void look(struct text text) {
    for (size_t i = 0; i < text.length; i++)
        if (text.at[i] == 1 && text.length > WIRE_MOST) abort();
}

/* Returns false if the client would give up on such a stream. */
static bool take(struct chunk *chunk) {
    uint32_t window;
    struct event event;
    switch (chunk->kind) {
    case KIND_STDOUT:
    case KIND_STDERR:
        if (chunk->length == 0) abort();
        look((struct text){(const char *)chunk->bytes, chunk->length});
        return true;
    case KIND_WINDOW:
        return read_window(chunk, &window);
    case KIND_STDIN:
        return true;
    case KIND_JSON:
        break;
    }
    if (!read_event((char *)chunk->bytes, chunk->length, &event)) return false;
    look(event.message);
    look(event.hint);
    look(event.reason);
    if (event.kind == EVENT_FAILED && event.message.at == NULL) abort();
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct decoder decoder;
    decoder.header_length = decoder.left = decoder.kept = 0;
    if (size == 0) return 0;
    size_t step = (size_t)data[0] + 1;
    for (size_t at = 1; at < size; at += step) {
        size_t length = size - at < step ? size - at : step;
        /* A separate allocation, so that the sanitizer notices reads beyond it. */
        uint8_t *copy = malloc(length);
        if (copy == NULL) abort();
        memcpy(copy, data + at, length);
        uint8_t *next = copy;
        size_t left = length;
        struct chunk chunk;
        enum decoded decoded;
        bool goes_on = true;
        while (goes_on && (decoded = decode(&decoder, &next, &left, &chunk)) != DECODED_NEEDS_MORE)
            goes_on = decoded == DECODED_CHUNK && take(&chunk);
        free(copy);
        if (!goes_on) return 0;
    }
    return 0;
}
