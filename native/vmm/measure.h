#ifndef BOX_MEASURE_H
#define BOX_MEASURE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Prints how a process is isolated from the host (docs/vmm-helper.md, `processes`): what the kernel reports, and what only
 * the caller can know, namely its namespaces, whether Landlock is in effect, and whether its filter is an allow list.
 */
void print_process(const char *name, pid_t pid, const char *namespaces, bool landlock, bool allow_list);

#endif
