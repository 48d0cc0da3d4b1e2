// Carries out CONFIGURE in the box's root.
#ifndef CONFIGURE_H
#define CONFIGURE_H

#include "failure.h"
#include "messages.h"

bool configure(const struct configuration *configuration, struct failure *failure);
// Writes back what outlives the VM and is still in the page cache: volumes, and a persistent box's own files, which
// cannot be changed any more then.
void write_back(void);

#endif
