#ifndef BOX_LOCK_DISKS_H
#define BOX_LOCK_DISKS_H

#include "vmm.h"

/*
 * Locks the machine's writable disks until this process ends. Waits for an earlier machine that was killed but has not
 * ended yet: a thread in the middle of a write ends only after that write, which can take seconds on a slow disk.
 */
void lock_disks(const struct machine *machine);

#endif
