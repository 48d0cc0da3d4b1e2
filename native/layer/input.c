/* Standard input, in large reads. */
#include "input.h"

#include "../common/io.h"
#include "fail.h"

#include <unistd.h>

static uint8_t buffer[256 * 1024];
static size_t start, end;

/* False at the end of the input. */
static bool fill(void) {
    ssize_t got = read_some(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0) die_errno("cannot read the input");
    start = 0;
    end = (size_t)got;
    return got > 0;
}

const uint8_t *take_some(size_t max, size_t *length) {
    if (start == end && !fill()) die("unexpected end of input");
    const uint8_t *at = buffer + start;
    *length = end - start < max ? end - start : max;
    start += *length;
    return at;
}

bool read_number(uint32_t *number) {
    if (start == end && !fill()) return false;
    *number = 0;
    for (unsigned int i = 0; i < 4; i++) {
        size_t length;
        *number |= (uint32_t)*take_some(1, &length) << (8 * i);
    }
    return true;
}
