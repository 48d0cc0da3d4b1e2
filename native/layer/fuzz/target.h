/* One input for what reads bytes from outside: the decoders, and the words on the wire. */
#ifndef BOX_LAYER_TARGET_H
#define BOX_LAYER_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
