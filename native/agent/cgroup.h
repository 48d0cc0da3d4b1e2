// The control group of the box's programs. Only boxes with a limit have it from the start; for others it is created
// when it is first needed, to keep starts fast.
#ifndef CGROUP_H
#define CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

// Creates the group with these limits (0: none; CPU time in microseconds per 100,000). The agent stays outside of it.
bool cgroup_open(uint32_t pids_limit, uint32_t cpu_limit, struct failure *failure);
// Whether the group exists.
bool cgroup_is_open(void);
// Creates the group without a limit unless it exists. Programs that are already running are not moved into it.
bool cgroup_require(struct failure *failure);
// Returns the directory of the agent's group, which contains the box's as BOX_GROUP; -1 if the group does not exist.
int cgroup_hierarchy(void);
#define BOX_GROUP "box"
// Creates a group beside the box's, for the sidecar if it is the box's proxy. Returns a descriptor of its directory, -1 if it
// failed.
int cgroup_make_proxy(struct failure *failure);
// Moves this process into the group if it exists.
bool cgroup_join(struct failure *failure);

#endif
