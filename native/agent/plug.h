// Devices that were attached to a VM after its kernel had started.
#ifndef PLUG_H
#define PLUG_H

#include "failure.h"

// Has the kernel look again at the slots that were empty when it started. Only the kernels of templates know such slots.
// Call once the box's root is mounted.
bool plug_devices(struct failure *failure);

#endif
