// The first moments of a VM that was copied from a template.
#ifndef WAKE_H
#define WAKE_H

#include "failure.h"
#include "frames.h"

// Handles WAKE: from then on, this VM's random numbers and hardware address differ from those of all other copies.
bool wake(const struct frame *frame, struct failure *failure);

#endif
