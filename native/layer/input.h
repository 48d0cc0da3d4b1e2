#ifndef BOX_LAYER_INPUT_H
#define BOX_LAYER_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads a little-endian number of four bytes. Returns false if the input ends before it. */
bool read_number(uint32_t *number);

/* Returns the next bytes, from 1 to MAX, valid until the next call. */
const uint8_t *take_some(size_t max, size_t *length);

#endif
