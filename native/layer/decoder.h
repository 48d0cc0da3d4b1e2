#ifndef BOX_LAYER_DECODER_H
#define BOX_LAYER_DECODER_H

#include <stddef.h>
#include <stdint.h>

/* A kind of compression; what it makes goes to the output. */
struct decoder {
    const char *name;
    void (*begin)(void);
    void (*push)(const uint8_t *data, size_t length);
    void (*end)(void);
};

/* NULL for a name that is not one. */
const struct decoder *find_decoder(const char *name);

extern const struct decoder gzip_decoder, zstd_decoder, plain_decoder;

#endif
