// Kernel settings below /proc/sys. The agent's own descriptor of it is writable even when the box's /proc/sys is not.
#ifndef SYSCTL_H
#define SYSCTL_H

#include "failure.h"

// Opens /proc/sys, which is mounted at `path`, for all functions below.
bool sysctl_prepare(const char *path, struct failure *failure);

// `path` is relative to /proc/sys.
bool set_sysctl(const char *path, const char *value, struct failure *failure);

// Sets what distributions set: links, FIFOs and files in world-writable directories cannot be used to trick other
// users. Ignores settings that a custom kernel lacks.
void protect_links(void);

// Raises limits that this kernel, or the little memory of a VM, would set lower than they are on a host.
void raise_limits(void);

#endif
