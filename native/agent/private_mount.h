// A file system that is mounted where nothing of the box looks, to take parts of it from; one at a time.
#ifndef PRIVATE_MOUNT_H
#define PRIVATE_MOUNT_H

#include "failure.h"

// In /dev, which is a tmpfs of the agent's own.
#define PRIVATE_MOUNT "/dev/.box"

bool enter_private(const char *type, const char *source, const char *options, struct failure *failure);
// Takes the mount away; what was bound elsewhere stays there.
bool leave_private(struct failure *failure);

#endif
