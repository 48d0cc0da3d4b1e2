// The programs of the box, told from the agent and the kernel's own by their PID namespace.
#ifndef BOX_PROCESSES_H
#define BOX_PROCESSES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct box_process {
    // As the agent sees it, and as the box does.
    pid_t agent_pid;
    pid_t pid;
    pid_t agent_parent;
    uid_t uid;
    uint32_t threads;
};

// Shows every process to VISIT; one that ends meanwhile may be missed.
void box_processes_visit(void (*visit)(void *data, const struct box_process *process), void *data);
// Reads /proc/PID/status. Returns whether this is a process of the box's.
bool box_process_read(pid_t agent_pid, struct box_process *process);

#endif
