// Places in the root that something gets mounted on.
#ifndef TARGETS_H
#define TARGETS_H

#include <stdbool.h>

#include "failure.h"

// Makes sure that there is a folder (or a file) at this path, following links as the guest would, those into nowhere
// too. This process's root is the box's, so no link leads out of it.
bool make_target(const char *path, bool folder, struct failure *failure);

#endif
