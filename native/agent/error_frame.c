#include "error_frame.h"

#include <string.h>

static uint8_t *put_record(uint8_t *at, uint8_t tag, const char *value, size_t max) {
    size_t length = strnlen(value, max);
    at[0] = tag;
    write_u32(at + 1, (uint32_t)length);
    memcpy(at + 5, value, length);
    return at + 5 + length;
}

size_t error_frame(uint8_t *bytes, uint16_t channel, const struct failure *failure) {
    uint8_t *payload = bytes + HEADER_BYTES;
    uint8_t *end = put_record(payload, ERROR_CODE, failure->code, sizeof failure->code);
    end = put_record(end, ERROR_MESSAGE, failure->message, sizeof failure->message);
    write_header(bytes, FRAME_ERROR, channel, (uint32_t)(end - payload));
    return (size_t)(end - bytes);
}
