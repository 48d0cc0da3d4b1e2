#ifndef BOX_LAYER_INPUT_H
#define BOX_LAYER_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number of four bytes, little-endian. False where the input ends before it. */
bool read_number(uint32_t *number);

/* The next bytes, MOST at most and one at least; they stay until the next call. */
const uint8_t *take_some(size_t most, size_t *length);

#endif
