// Process 1 of the box's PID namespace, unless the main program itself is to be process 1.
#ifndef REAPER_H
#define REAPER_H

#include "failure.h"
#include "messages.h"

// Starts the reaper for this main program as a child of the agent, and waits until it is ready. `output` and `errors`
// become its streams, so that programs may write to /proc/1/fd/1. Call between namespaces_visit and namespaces_leave.
bool reaper_start(const struct start *start, int output, int errors, struct failure *failure);

#endif
