// The box's PID and mount namespaces, in which the main program and all programs started later run.
#ifndef NAMESPACES_H
#define NAMESPACES_H

#include <stdbool.h>

#include "failure.h"

// Called in the agent. Until namespaces_leave, children are created in the box's PID namespace; the first one becomes
// its process 1.
bool namespaces_visit(struct failure *failure);
void namespaces_leave(void);
// Whether the box has its own namespaces. Without a main program it has none, and programs run in the agent's.
bool namespaces_exist(void);
// Called when process 1 is ready, so that other programs can join its namespaces.
bool namespaces_adopt(int process_1, struct failure *failure);

// Called in process 1: creates a mount namespace with its own /proc.
bool namespaces_prepare(struct failure *failure);
// Called in any other child.
bool namespaces_join(struct failure *failure);

#endif
