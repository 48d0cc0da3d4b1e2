// Paths of the kernel's that programs in a box do not need, as Docker has them.
#ifndef CLOSED_PATHS_H
#define CLOSED_PATHS_H

#include "failure.h"

// The box wants them all as they are: close_paths does nothing from now on.
void leave_paths_open(void);
// Makes the kernel's own controls in /proc and /sys read-only or hides them, in this process's mount namespace.
int close_paths(struct failure *failure);

#endif
