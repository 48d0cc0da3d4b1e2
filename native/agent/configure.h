// Applies CONFIGURE in the box's root.
#ifndef CONFIGURE_H
#define CONFIGURE_H

#include "failure.h"
#include "messages.h"

bool configure(const struct configuration *configuration, struct failure *failure);
// Writes back dirty pages of everything that outlives the VM: volumes and, if the box is persistent, its writable
// layer, which is read-only afterwards.
void write_back(void);

#endif
