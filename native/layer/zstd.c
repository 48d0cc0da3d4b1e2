/* zstd (RFC 8878); frames that want a window of more than 128 MB are refused by the library. */
#include "decoder.h"
#include "fail.h"
#include "output.h"

#include <stdbool.h>
#include <zstd.h>

static ZSTD_DCtx *context;
static bool inside;

static size_t must(size_t code) {
    if (ZSTD_isError(code)) fail(FAIL_DATA, ZSTD_getErrorName(code));
    return code;
}

static void begin(void) {
    if (context == NULL) context = ZSTD_createDCtx();
    if (context == NULL) die("no memory");
    must(ZSTD_DCtx_reset(context, ZSTD_reset_session_only));
    inside = true;
}

static void push(const uint8_t *data, size_t length) {
    ZSTD_inBuffer input = {data, length, 0};
    bool full;
    do {
        size_t room;
        uint8_t *to = output_room(&room);
        ZSTD_outBuffer output = {to, room, 0};
        inside = must(ZSTD_decompressStream(context, &output, &input)) != 0;
        output_add(output.pos);
        full = output.pos == room;
    } while (input.pos < length || (full && inside));
}

static void end(void) {
    if (inside) fail(FAIL_DATA, "unexpected end of file");
}

const struct decoder zstd_decoder = {"zstd", begin, push, end};
