// Network interfaces that a box should not have.
#ifndef UNPLUG_H
#define UNPLUG_H

#include "failure.h"

// Removes an interface, if present, by detaching its driver. Call once the box's root is mounted.
bool unplug_interface(const char *name, struct failure *failure);

#endif
