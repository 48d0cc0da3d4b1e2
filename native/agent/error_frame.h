// Encodes ERROR frames, for the port and for fatal errors of the agent.
#ifndef ERROR_FRAME_H
#define ERROR_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "frames.h"

enum { ERROR_FRAME_BYTES = HEADER_BYTES + 2 * 5 + sizeof(struct failure) };

// Returns the length of the frame.
size_t error_frame(uint8_t *bytes, uint16_t channel, const struct failure *failure);

#endif
