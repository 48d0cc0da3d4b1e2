// What is done to all programs of the box at once, and what is told of them: `box pause`, `update`, `top` and `stats`.
#ifndef TASK_H
#define TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/guest-protocol.h"
#include "failure.h"

struct task {
    enum task_kind kind;
    enum limit_resource resource;
    // Processes and threads, or microseconds in 100,000; 0: no limit.
    uint32_t value;
    // THAW: what the wall clock is, in nanoseconds since 1970.
    uint64_t clock_ns;
};

// Whether it is about the box's control group.
bool task_needs_group(const struct task *task);
// In a child of the agent's: does it, or writes what it tells to stdout. HIERARCHY is cgroup_hierarchy()'s.
bool task_run(const struct task *task, int hierarchy, struct failure *failure);

#endif
