/* zstd (RFC 8878). The library rejects frames that need a window of more than 128 MB. */
#include "decoder.h"
#include "fail.h"
#include "output.h"

#include <stdbool.h>
#include <zstd.h>

static ZSTD_DCtx *context;
static bool in_frame;

static size_t must(size_t code) {
    if (ZSTD_isError(code)) fail(FAIL_DATA, ZSTD_getErrorName(code));
    return code;
}

static void begin(void) {
    if (context == NULL) context = ZSTD_createDCtx();
    if (context == NULL) die("out of memory");
    must(ZSTD_DCtx_reset(context, ZSTD_reset_session_only));
    in_frame = true;
}

static void push(const uint8_t *data, size_t length) {
    ZSTD_inBuffer input = {data, length, 0};
    bool full;
    do {
        size_t room;
        uint8_t *to = output_buffer(&room);
        ZSTD_outBuffer output = {to, room, 0};
        in_frame = must(ZSTD_decompressStream(context, &output, &input)) != 0;
        output_add(output.pos);
        full = output.pos == room;
    } while (input.pos < length || (full && in_frame));
}

static void end(void) {
    if (in_frame) fail(FAIL_DATA, "unexpected end of file");
}

const struct decoder zstd_decoder = {"zstd", begin, push, end};
