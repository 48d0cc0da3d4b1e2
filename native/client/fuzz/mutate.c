/* Seeds: well-formed messages of a monitor. */
#include "../../fuzz/mutate.h"

#include "../wire.h"

#include <string.h>

const struct mutation mutation = {
    .max_input = 1 << 12,
    .max_edits = 6,
    .max_run = 16,
    INTERESTING("\0\1\4\5\"\\u{}\x7f\x80\xed\xff"),
};

static struct seed *stream;

static void add_message(enum kind kind, const char *payload, size_t length) {
    uint8_t header[WIRE_HEADER];
    write_header(header, kind, (uint32_t)length);
    add(stream, header, sizeof header);
    add(stream, payload, length);
}

static void add_json(const char *text) { add_message(KIND_JSON, text, strlen(text)); }

void make_seeds(void) {
    stream = new_seed();
    /* The size of the chunks in which it arrives. */
    add(stream, "\x1e", 1);
    add_json("{\"event\":\"started\"}");
    add_json("{\"event\":\"started\",\"program\":true}");
    add_message(KIND_STDOUT, "some output", 11);
    add_message(KIND_WINDOW, "\0\0\1\0", 4);
    add_message(KIND_STDERR, "", 0);
    add_message(KIND_STDERR, "an error\n", 9);
    add_json("{\"event\":\"failed\",\"code\":\"x\",\"message\":\"a "
             "\\\"\\u00e9\\ud83d\\ude00\\\\\",\"hint\":\"b\\n\",\"exitCode\":127}");
    add_json("{ \"event\" : \"exited\", \"exitCode\" : 3, \"oomKilled\": false, \"reason\": null, \"n\": 12 }");
}
