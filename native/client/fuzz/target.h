/* One input for what reads bytes from outside: the stream of a monitor. */
#ifndef BOX_CLIENT_TARGET_H
#define BOX_CLIENT_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
