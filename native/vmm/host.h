#ifndef BOX_HOST_H
#define BOX_HOST_H

#include "vmm.h"

/* Enters the machine's control group and restricts this process, and those it starts later, to the machine's CPUs. */
void apply_host_limits(const struct machine *machine);

#endif
