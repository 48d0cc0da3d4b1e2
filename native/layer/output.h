#ifndef BOX_LAYER_OUTPUT_H
#define BOX_LAYER_OUTPUT_H

#include "digest.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Writes the tar to the disk. A second thread hashes and writes what the first one decompresses, and reports progress with
 * `written BYTES`. Long runs of zeros become holes.
 */

/* Begins a file. KEEP_FREE: bytes to leave free on its disk. */
void begin_output(int file, uint64_t keep_free);

/* Returns the buffer for the next bytes of the tar; LENGTH is its size, at least 1. */
uint8_t *output_buffer(size_t *length);

/* Adds the first bytes of that buffer to the output. */
void output_add(size_t length);

/* Waits until everything is written. Returns the number of bytes, and their digest in DIGEST. */
uint64_t end_output(char digest[DIGEST_TEXT]);

#endif
