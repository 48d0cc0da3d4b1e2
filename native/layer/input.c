/* Standard input, in large reads. */
#include "input.h"

#include "fail.h"

#include <errno.h>
#include <unistd.h>

static uint8_t buffer[256 * 1024];
static size_t start, end;

/* False at the end of the input. */
static bool fill(void) {
    ssize_t got;
    do got = read(STDIN_FILENO, buffer, sizeof buffer);
    while (got < 0 && errno == EINTR);
    if (got < 0) refuse("cannot read");
    start = 0;
    end = (size_t)got;
    return got > 0;
}

const uint8_t *read_some(size_t most, size_t *length) {
    if (start == end && !fill()) refuse("the input ends inside a layer");
    const uint8_t *at = buffer + start;
    *length = end - start < most ? end - start : most;
    start += *length;
    return at;
}

bool read_number(uint32_t *number) {
    if (start == end && !fill()) return false;
    *number = 0;
    for (unsigned int i = 0; i < 4; i++) {
        size_t length;
        *number |= (uint32_t)*read_some(1, &length) << (8 * i);
    }
    return true;
}
