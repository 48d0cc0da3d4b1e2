// Paths of the kernel's that programs in a box do not need, as Docker has them.
#ifndef CLOSED_PATHS_H
#define CLOSED_PATHS_H

#include "failure.h"

// The box wants them all as they are: close_paths does nothing from now on.
void leave_paths_open(void);
// Makes the kernel's own controls below `folder` (/proc or /sys) read-only or hides them.
bool close_paths(const char *folder, struct failure *failure);

#endif
