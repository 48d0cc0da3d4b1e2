// Tasks that concern all programs of the box, for `box pause`, `update`, `top` and
// `stats`, and changes to its networks.
#ifndef TASK_H
#define TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/guest-protocol.h"
#include "failure.h"

// An address on a named network, and that network's name server.
struct network_change {
    enum network_action action;
    const char *interface;
    // With prefix length.
    const char *address;
    const char *server;
};

struct task {
    enum task_kind kind;
    enum limit_resource resource;
    // LIMIT: processes and threads, or microseconds of CPU time in 100,000; 0: no limit.
    uint32_t value;
    // THAW: the wall clock time, in nanoseconds since 1970.
    uint64_t clock_ns;
    // NETWORK. Strings point into the message.
    struct network_change network;
};

// Whether the task needs the box's control group.
bool task_needs_group(const struct task *task);
// Carries out the task in a child of the agent, and writes its result, if any, to stdout. HIERARCHY is from
// cgroup_hierarchy().
bool task_run(const struct task *task, int hierarchy, struct failure *failure);

#endif
