#ifndef BOX_LAYER_DECODER_H
#define BOX_LAYER_DECODER_H

#include <stddef.h>
#include <stdint.h>

/* A compression format; decompressed data goes to the output. */
struct decoder {
    const char *name;
    void (*begin)(void);
    void (*push)(const uint8_t *data, size_t length);
    void (*end)(void);
};

/* Returns NULL if there is no decoder of this name. */
const struct decoder *find_decoder(const char *name);

extern const struct decoder gzip_decoder, zstd_decoder, plain_decoder;

#endif
