// Additional devices of the guest kernel.
#ifndef DEVICES_H
#define DEVICES_H

#include "failure.h"
#include "messages.h"

// Adds the requested devices, or with `privileged` all of the guest's, to the box's /dev.
bool add_devices(const struct configuration *configuration, struct failure *failure);

#endif
