/* A fuzzer for machines without libFuzzer: well-formed inputs, changed at random. `mutate ROUNDS [SEED]`; `mutate seeds FOLDER` writes
 * the well-formed ones. */
#include "target.h"

#include <isa-l/igzip_lib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zstd.h>

enum { MOST_INPUT = 1 << 16, MOST_EDITS = 6, TEXT = 20000 };

static struct seed {
    uint8_t bytes[MOST_INPUT];
    size_t length;
} seeds[4];
static uint64_t state;

/* xorshift64: the same seed gives the same run. */
static size_t below(size_t limit) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % limit);
}

static void add(struct seed *seed, const void *bytes, size_t length) {
    if (length > MOST_INPUT - seed->length) abort();
    memcpy(seed->bytes + seed->length, bytes, length);
    seed->length += length;
}

/* Its length before it, as on the wire. */
static void add_piece(struct seed *seed, const void *bytes, uint32_t length) {
    add(seed, &length, sizeof length);
    add(seed, bytes, length);
}

static void make_seeds(void) {
    static uint8_t text[TEXT], packed[2 * TEXT];
    for (size_t i = 0; i < TEXT; i++) text[i] = (uint8_t)(i % 7 == 0 ? i : i / 512 * 3);
    for (uint8_t i = 0; i < 4; i++) add(&seeds[i], &i, 1);

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
    add(&seeds[0], packed, length);
    add(&seeds[0], packed, length);
    add(&seeds[0], "\0\0\0", 3);

    /* Two layers on the wire. */
    static const char order[] = "gzip 0 layer.tar", second[] = "plain 4096 layer.tar";
    for (int i = 0; i < 2; i++) {
        add_piece(&seeds[3], i == 0 ? order : second, (uint32_t)(i == 0 ? sizeof order : sizeof second) - 1);
        add_piece(&seeds[3], packed, (uint32_t)length / 2);
        add_piece(&seeds[3], packed + length / 2, (uint32_t)(length - length / 2));
        add_piece(&seeds[3], "", 0);
    }

    length = ZSTD_compress(packed, sizeof packed, text, TEXT, 3);
    if (ZSTD_isError(length)) abort();
    add(&seeds[1], packed, length);
    add(&seeds[1], packed, length);
    add(&seeds[2], text, TEXT);
}

static size_t edit(uint8_t *input, size_t length) {
    static const uint8_t INTERESTING[] = {0, 1, 0x1f, 0x7f, 0x80, 0x8b, 0xff, ' '};
    size_t at = below(length), count = below(64) + 1;
    switch (below(5)) {
    case 0: input[at] = (uint8_t)below(256); return length;
    case 1: input[at] = INTERESTING[below(sizeof INTERESTING)]; return length;
    case 2: input[at] ^= (uint8_t)(1U << below(8)); return length;
    case 3:
        if (at + count > length) return at > 0 ? at : 1;
        memmove(input + at, input + at + count, length - at - count);
        return length - count;
    default:
        if (at + count > length || length + count > MOST_INPUT) return length;
        memmove(input + at + count, input + at, length - at);
        return length + count;
    }
}

static int write_seeds(const char *folder) {
    for (int i = 0; i < 4; i++) {
        char path[4096];
        if (snprintf(path, sizeof path, "%s/seed-%d", folder, i) >= (int)sizeof path) return 1;
        FILE *file = fopen(path, "we");
        if (file == NULL) return 1;
        size_t wrote = fwrite(seeds[i].bytes, 1, seeds[i].length, file);
        if (fclose(file) != 0 || wrote != seeds[i].length) return 1;
    }
    return 0;
}

int main(int argc, char **argv) {
    make_seeds();
    if (argc == 3 && strcmp(argv[1], "seeds") == 0) return write_seeds(argv[2]);
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    state = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
    if (state == 0) state = 1;
    printf("mutate %lu %llu\n", rounds, (unsigned long long)state);
    (void)fflush(stdout);
    static uint8_t input[MOST_INPUT];
    for (unsigned long round = 0; round < rounds; round++) {
        const struct seed *seed = &seeds[round % 4];
        size_t length = seed->length;
        memcpy(input, seed->bytes, length);
        size_t edits = round < 4 ? 0 : below(MOST_EDITS) + 1;
        for (size_t i = 0; i < edits; i++) length = edit(input, length);
        (void)LLVMFuzzerTestOneInput(input, length);
    }
    return 0;
}
