/* The first byte says how large the pieces are in which the rest comes, as from a socket. */
#include "../../fuzz/target.h"

#include "../event.h"
#include "../wire.h"

#include <stdlib.h>
#include <string.h>

static void look(struct text text) {
    for (size_t i = 0; i < text.length; i++)
        if (text.at[i] == 1 && text.length > WIRE_MOST) abort();
}

/* False: nobody goes on with such a stream. */
static bool take(struct piece *piece) {
    uint32_t window;
    struct event event;
    switch (piece->kind) {
    case KIND_STDOUT:
    case KIND_STDERR:
        if (piece->length == 0) abort();
        look((struct text){(const char *)piece->bytes, piece->length});
        return true;
    case KIND_WINDOW:
        return read_window(piece, &window);
    case KIND_STDIN:
        return true;
    case KIND_JSON:
        break;
    }
    if (!read_event((char *)piece->bytes, piece->length, &event)) return false;
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
        /* Of its own, so that the sanitizer sees who reads beyond. */
        uint8_t *chunk = malloc(length);
        if (chunk == NULL) abort();
        memcpy(chunk, data + at, length);
        uint8_t *next = chunk;
        size_t left = length;
        struct piece piece;
        enum decoded decoded;
        bool goes_on = true;
        while (goes_on && (decoded = decode(&decoder, &next, &left, &piece)) != DECODED_ALL)
            goes_on = decoded == DECODED_PIECE && take(&piece);
        free(chunk);
        if (!goes_on) return 0;
    }
    return 0;
}
