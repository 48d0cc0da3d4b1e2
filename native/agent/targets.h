// Mount points in the root.
#ifndef TARGETS_H
#define TARGETS_H

#include <stdbool.h>

#include "failure.h"

// Makes sure that a directory (or a file) exists at this path. Follows links, including dangling ones. The root of this
// process is the box's, so no link leads out of it.
bool make_target(const char *path, bool folder, struct failure *failure);

#endif
