// What every program expects to be mounted, whatever the box.
#ifndef SYSTEM_MOUNTS_H
#define SYSTEM_MOUNTS_H

#include <stdint.h>
#include <sys/mount.h>

#include "failure.h"

// mount(2) that names what failed.
bool mount_one(const char *source, const char *target, const char *type, unsigned long flags, const char *options,
               struct failure *failure);

// The same for a kernel's own file system, which all its mounts share: with MS_RDONLY only this mount is read-only.
bool mount_kernel(const char *type, const char *target, unsigned long flags, struct failure *failure);

// On the boot disk: what the agent needs to find its port and disks.
bool mount_for_boot(struct failure *failure);
// In the box's root: /proc, /sys, /dev and what is below them.
bool mount_system(struct failure *failure);
// Makes /sys and the control groups writable.
bool open_sys(struct failure *failure);
bool resize_shm(uint64_t bytes, struct failure *failure);

#endif
