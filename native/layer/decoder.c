#include "decoder.h"

#include "output.h"

#include <string.h>

static void nothing(void) {}

static void push_plain(const uint8_t *data, size_t length) {
    while (length > 0) {
        size_t room;
        uint8_t *to = output_buffer(&room);
        size_t step = length < room ? length : room;
        memcpy(to, data, step);
        output_add(step);
        data += step;
        length -= step;
    }
}

const struct decoder plain_decoder = {"plain", nothing, push_plain, nothing};

const struct decoder *find_decoder(const char *name) {
    static const struct decoder *const all[] = {&gzip_decoder, &zstd_decoder, &plain_decoder};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(all[i]->name, name) == 0) return all[i];
    }
    return NULL;
}
