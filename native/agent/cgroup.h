// The box's programs in a control group of their own. Only boxes with a limit have one from the start, which it would
// cost every other; others get it when they need it.
#ifndef CGROUP_H
#define CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

// Makes the group with this limit, 0: none. The agent stays outside of it.
bool cgroup_open(uint32_t pids_limit, struct failure *failure);
// Whether there is one.
bool cgroup_is_open(void);
// Makes it without a limit if there is none: programs that run already are not in it.
bool cgroup_require(struct failure *failure);
// The folder of the agent's group, with the box's as BOX_GROUP below it; -1 as long as there is none.
int cgroup_hierarchy(void);
#define BOX_GROUP "box"
// Moves this process into it.
bool cgroup_join(struct failure *failure);

#endif
