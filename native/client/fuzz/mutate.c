/* A fuzzer for machines without libFuzzer: a well-formed stream, changed at random. `mutate ROUNDS [SEED]`; `mutate seeds
 * FOLDER` writes the well-formed one. */
#include "target.h"

#include "../wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_INPUT = 1 << 12, MOST_EDITS = 6 };

static uint8_t stream[MOST_INPUT];
static size_t stream_length;
static uint64_t state;

/* xorshift64: the same seed gives the same run. */
static size_t below(size_t limit) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % limit);
}

static void add(enum kind kind, const char *payload, size_t length) {
    if (stream_length + WIRE_HEADER + length > sizeof stream) abort();
    write_header(stream + stream_length, kind, (uint32_t)length);
    memcpy(stream + stream_length + WIRE_HEADER, payload, length);
    stream_length += WIRE_HEADER + length;
}

static void add_json(const char *text) { add(KIND_JSON, text, strlen(text)); }

static void make_stream(void) {
    /* The size of the pieces that it comes in. */
    stream[stream_length++] = 30;
    add_json("{\"event\":\"started\"}");
    add_json("{\"event\":\"started\",\"program\":true}");
    add(KIND_STDOUT, "some output", 11);
    add(KIND_WINDOW, "\0\0\1\0", 4);
    add(KIND_STDERR, "", 0);
    add(KIND_STDERR, "an error\n", 9);
    add_json("{\"event\":\"failed\",\"code\":\"x\",\"message\":\"a \\\"\\u00e9\\ud83d\\ude00\\\\\",\"hint\":\"b\\n\",\"exitCode\":127}");
    add_json("{ \"event\" : \"exited\", \"exitCode\" : 3, \"oomKilled\": false, \"reason\": null, \"n\": 12 }");
}

static size_t edit(uint8_t *input, size_t length) {
    static const uint8_t INTERESTING[] = {0, 1, 4, 5, '"', '\\', 'u', '{', '}', 0x7f, 0x80, 0xed, 0xff};
    size_t at = below(length), count = below(16) + 1;
    switch (below(5)) {
    case 0: input[at] = (uint8_t)below(256); return length;
    case 1: input[at] = INTERESTING[below(sizeof INTERESTING)]; return length;
    case 2: input[at] ^= (uint8_t)(1U << below(8)); return length;
    case 3:
        if (at + count >= length) return at > 0 ? at : 1;
        memmove(input + at, input + at + count, length - at - count);
        return length - count;
    default:
        if (at + count > length || length + count > MOST_INPUT) return length;
        memmove(input + at + count, input + at, length - at);
        return length + count;
    }
}

static int write_stream(const char *folder) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/seed", folder) >= (int)sizeof path) return 1;
    FILE *file = fopen(path, "we");
    if (file == NULL) return 1;
    size_t wrote = fwrite(stream, 1, stream_length, file);
    return fclose(file) != 0 || wrote != stream_length;
}

int main(int argc, char **argv) {
    make_stream();
    if (argc == 3 && strcmp(argv[1], "seeds") == 0) return write_stream(argv[2]);
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    state = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
    if (state == 0) state = 1;
    printf("mutate %lu %llu\n", rounds, (unsigned long long)state);
    (void)fflush(stdout);
    static uint8_t input[MOST_INPUT];
    for (unsigned long round = 0; round < rounds; round++) {
        size_t length = stream_length;
        memcpy(input, stream, length);
        size_t edits = round == 0 ? 0 : below(MOST_EDITS) + 1;
        for (size_t i = 0; i < edits; i++) length = edit(input, length);
        (void)LLVMFuzzerTestOneInput(input, length);
    }
    return 0;
}
