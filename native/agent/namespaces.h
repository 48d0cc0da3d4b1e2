// The box's own PID and mount namespaces: the main program runs in them, and whatever starts after it.
#ifndef NAMESPACES_H
#define NAMESPACES_H

#include <stdbool.h>

#include "failure.h"

// The agent's part. From here to namespaces_leave, children are born in the box's PID namespace; the first one ever is
// its process 1.
bool namespaces_visit(struct failure *failure);
void namespaces_leave(void);
// Whether the box has its namespaces; without a main program it has none, and programs run in the agent's.
bool namespaces_exist(void);
// Process 1 is prepared: others can join it.
bool namespaces_adopt(int process_1, struct failure *failure);

// The child's part, in process 1: a mount namespace with a /proc of its own.
bool namespaces_prepare(struct failure *failure);
// In any other child.
bool namespaces_join(struct failure *failure);

#endif
