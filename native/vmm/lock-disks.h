#ifndef BOX_LOCK_DISKS_H
#define BOX_LOCK_DISKS_H

#include "vmm.h"

/*
 * Makes the disks that the machine writes to this process's own, until it is gone. Waits for a machine that has been
 * killed and is not gone yet: a thread of it that is in the middle of a write ends with that write, and a slow disk takes
 * seconds for one.
 */
void lock_disks(const struct machine *machine);

#endif
