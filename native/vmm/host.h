#ifndef BOX_HOST_H
#define BOX_HOST_H

#include "vmm.h"

/* Enters the control group and keeps to the CPUs that the machine names; what is started from here on does so too. */
void apply_host_limits(const struct machine *machine);

#endif
