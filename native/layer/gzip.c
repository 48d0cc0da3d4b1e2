/* gzip (RFC 1952) with ISA-L, which needs a third of the time that zlib does. */
#include "decoder.h"
#include "fail.h"
#include "output.h"

#include <isa-l/igzip_lib.h>
#include <stdbool.h>

static struct inflate_state state;
/* Zeros after the last member are padding; anything else must be another member. */
static bool padding;

static const char *explain(int code) {
    switch (code) {
    case ISAL_INVALID_WRAPPER:
        return "incorrect header check";
    case ISAL_UNSUPPORTED_METHOD:
        return "unknown compression method";
    case ISAL_INCORRECT_CHECKSUM:
        return "incorrect data check";
    case ISAL_INVALID_LOOKBACK:
        return "invalid distance too far back";
    case ISAL_INVALID_SYMBOL:
        return "invalid code";
    default:
        return "invalid block";
    }
}

static void begin_member(void) {
    isal_inflate_reset(&state);
    state.crc_flag = ISAL_GZIP;
}

static void begin(void) {
    isal_inflate_init(&state);
    padding = false;
    begin_member();
}

static void push(const uint8_t *data, size_t length) {
    if (padding) return;
    state.next_in = (uint8_t *)data;
    state.avail_in = (uint32_t)length;
    do {
        if (state.block_state == ISAL_BLOCK_FINISH) {
            padding = state.next_in[0] == 0;
            if (padding) return;
            begin_member();
        }
        size_t room;
        state.next_out = output_buffer(&room);
        state.avail_out = (uint32_t)room;
        int code = isal_inflate(&state);
        output_add(room - state.avail_out);
        if (code != ISAL_DECOMP_OK) fail(FAIL_DATA, explain(code));
        /* If the output buffer is full, the decoder may hold more output, even without input. */
    } while (state.avail_in > 0 || (state.avail_out == 0 && state.block_state != ISAL_BLOCK_FINISH));
}

static void end(void) {
    if (state.block_state != ISAL_BLOCK_FINISH) fail(FAIL_DATA, "unexpected end of file");
}

const struct decoder gzip_decoder = {"gzip", begin, push, end};
