// A temporary mount that no program sees, as a source for bind mounts; only one exists at a time.
#ifndef PRIVATE_MOUNT_H
#define PRIVATE_MOUNT_H

#include "failure.h"

// In /dev, which is a tmpfs that the agent has mounted.
#define PRIVATE_MOUNT "/dev/.box"

bool enter_private(const char *type, const char *source, const char *options, struct failure *failure);
// Removes the mount. Bind mounts made from it remain.
bool leave_private(struct failure *failure);

#endif
