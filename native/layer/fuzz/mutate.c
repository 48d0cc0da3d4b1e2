/* Seeds: well-formed compressed layers, alone and as sent over the wire. */
#include "../../fuzz/mutate.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <zstd.h>

enum { TEXT = 20000 };

const struct mutation mutation = {
    .max_input = 1 << 16,
    .max_edits = 6,
    .max_run = 64,
    INTERESTING("\0\1\x1f\x7f\x80\x8b\xff "),
};

/* Precedes the data with its length, as on the wire. */
static void add_chunk(struct seed *seed, const void *bytes, uint32_t length) {
    add(seed, &length, sizeof length);
    add(seed, bytes, length);
}

void make_seeds(void) {
    static uint8_t text[TEXT], packed[2 * TEXT];
    for (size_t i = 0; i < TEXT; i++) text[i] = (uint8_t)(i % 7 == 0 ? i : i / 512 * 3);
    struct seed *seeds[4];
    for (uint8_t i = 0; i < 4; i++) add(seeds[i] = new_seed(), &i, 1);

    struct isal_zstream stream;
    isal_deflate_stateless_init(&stream);
    stream.gzip_flag = IGZIP_GZIP;
    stream.next_in = text;
    stream.avail_in = TEXT;
    stream.end_of_stream = 1;
    stream.next_out = packed;
    stream.avail_out = sizeof packed;
    if (isal_deflate_stateless(&stream) != COMP_OK) abort();
    size_t length = stream.total_out;
    /* Two members and padding. */
    add(seeds[0], packed, length);
    add(seeds[0], packed, length);
    add(seeds[0], "\0\0\0", 3);

    /* Two layers on the wire. */
    static const char request[] = "gzip 0 layer.tar", second[] = "plain 4096 layer.tar";
    for (int i = 0; i < 2; i++) {
        add_chunk(seeds[3], i == 0 ? request : second, (uint32_t)(i == 0 ? sizeof request : sizeof second) - 1);
        add_chunk(seeds[3], packed, (uint32_t)length / 2);
        add_chunk(seeds[3], packed + length / 2, (uint32_t)(length - length / 2));
        add_chunk(seeds[3], "", 0);
    }

    length = ZSTD_compress(packed, sizeof packed, text, TEXT, 3);
    if (ZSTD_isError(length)) abort();
    add(seeds[1], packed, length);
    add(seeds[1], packed, length);
    add(seeds[2], text, TEXT);
}
