// The processes of the box, distinguished from the agent and kernel threads by their PID namespace.
#ifndef BOX_PROCESSES_H
#define BOX_PROCESSES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct box_process {
    // PIDs named agent_ are those in the agent's PID namespace; `pid` is the one in the box's.
    pid_t agent_pid;
    pid_t pid;
    pid_t agent_parent;
    uid_t uid;
    uint32_t threads;
};

// Processes in the PID namespace of this one, and in namespaces below it, do not belong to the box.
void box_processes_leave_out(pid_t agent_pid);
// Calls VISIT for every process; processes that start or exit in the meantime may be missed.
void box_processes_visit(void (*visit)(void *data, const struct box_process *process), void *data);
// Reads /proc/PID/status. Returns whether the process belongs to the box.
bool box_process_read(pid_t agent_pid, struct box_process *process);

#endif
