/* One input for the switch: what its members send, in which pieces. */
#ifndef SWITCH_TARGET_H
#define SWITCH_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
