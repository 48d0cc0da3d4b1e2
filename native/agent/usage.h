// Processes of the box and their resource usage, as text on stdout (docs/protocol.md).
#ifndef USAGE_H
#define USAGE_H

#include "failure.h"

bool usage_of_processes(struct failure *failure);
bool usage_of_box(struct failure *failure);

#endif
