// Applies CONFIGURE in the box's root.
#ifndef CONFIGURE_H
#define CONFIGURE_H

#include "failure.h"
#include "messages.h"

// Clock, network and resolver, which the box shares with a sidecar.
bool configure_machine(const struct configuration *configuration, struct failure *failure);
// Everything in the box's namespaces.
bool configure(const struct configuration *configuration, struct failure *failure);
// Writes back dirty pages of everything that outlives the VM: volumes and, if the box is persistent, its writable
// layer, which is read-only afterwards.
void write_back(void);

#endif
