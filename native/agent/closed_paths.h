// Docker's masked and read-only paths in /proc and /sys.
#ifndef CLOSED_PATHS_H
#define CLOSED_PATHS_H

#include "failure.h"

// Makes close_paths do nothing from now on.
void leave_paths_open(void);
// Hides paths below `folder` (/proc or /sys) or makes them read-only.
bool close_paths(const char *folder, struct failure *failure);

#endif
