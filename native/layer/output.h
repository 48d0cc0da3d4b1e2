#ifndef BOX_LAYER_OUTPUT_H
#define BOX_LAYER_OUTPUT_H

#include "digest.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The tar on its way to the disk. A thread of its own hashes and writes what another one makes, and answers
 * `written BYTES` as it goes on. Stretches of zeros become holes.
 */

/* Begins a file. ROOM: bytes that stay free on its disk. */
void begin_output(int file, uint64_t room);

/* Where the next bytes of the tar go; LENGTH: how many there is room for, one at least. */
uint8_t *output_room(size_t *length);

/* So many bytes were put there. */
void output_add(size_t length);

/* Waits until all is written. Returns how many bytes that is; DIGEST becomes theirs. */
uint64_t end_output(char digest[DIGEST_TEXT]);

#endif
