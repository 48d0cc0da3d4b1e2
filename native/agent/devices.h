// Devices of this kernel's that not every box has.
#ifndef DEVICES_H
#define DEVICES_H

#include "failure.h"
#include "messages.h"

// Puts the devices asked for, or with `privileged` all that there are, into the box's /dev.
bool add_devices(const struct configuration *configuration, struct failure *failure);

#endif
