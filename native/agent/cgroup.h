// The box's programs in a control group of their own. Only boxes with a limit have one: it costs every start.
#ifndef CGROUP_H
#define CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

// Makes the group with this limit. The agent stays outside of it.
int cgroup_open(uint32_t pids_limit, struct failure *failure);
// Whether there is one.
bool cgroup_is_open(void);
// Moves this process into it.
int cgroup_join(struct failure *failure);

#endif
