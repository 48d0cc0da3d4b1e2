// Carries out CONFIGURE in the box's root.
#ifndef CONFIGURE_H
#define CONFIGURE_H

#include "failure.h"
#include "messages.h"

int configure(const struct configuration *configuration, struct failure *failure);
// Writes back what the volumes still hold in the page cache.
void sync_volumes(void);

#endif
