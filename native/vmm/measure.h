#ifndef BOX_MEASURE_H
#define BOX_MEASURE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Prints how a process stands to the host (docs/vmm-helper.md, `processes`): what the kernel says of it, and what only the
 * caller can know, which are its namespaces, whether Landlock holds, and whether the filter that it has is an allow list.
 */
void print_process(const char *name, pid_t pid, const char *namespaces, bool landlock, bool allow_list);

#endif
