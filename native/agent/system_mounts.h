// The mounts that programs expect in every box.
#ifndef SYSTEM_MOUNTS_H
#define SYSTEM_MOUNTS_H

#include <stdint.h>
#include <sys/mount.h>

#include "failure.h"

// Calls mount(2), with a message that names what failed.
bool mount_one(const char *source, const char *target, const char *type, unsigned long flags, const char *options,
               struct failure *failure);

// Mounts a kernel file system. All its mounts share one superblock, so MS_RDONLY is applied to this mount only.
bool mount_kernel(const char *type, const char *target, unsigned long flags, struct failure *failure);

// Mounts what the agent needs on the boot disk to find its port and disks.
bool mount_for_boot(struct failure *failure);
// A directory of the boot disk on which to build mounts; the box's root is mounted there later.
#define BUILDING_SITE "/root"

// Creates /proc, /sys, /dev and the mounts below them, for the box's root. All of this is the same in every box, and
// takes time.
bool system_prepare(struct failure *failure);
// Mounts them in the box's root, which is this process's.
bool system_place(struct failure *failure);
// Makes /sys and /sys/fs/cgroup writable.
bool open_sys(struct failure *failure);
bool resize_shm(uint64_t bytes, struct failure *failure);

#endif
