// What the box's programs are and what they use, as text on stdout (docs/protocol.md).
#ifndef USAGE_H
#define USAGE_H

#include "failure.h"

int usage_of_processes(struct failure *failure);
int usage_of_box(struct failure *failure);

#endif
