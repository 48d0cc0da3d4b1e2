#ifndef MOUNT_POINT_H
#define MOUNT_POINT_H

#include <stdbool.h>

// Whether something is mounted on this file or directory. Does not follow a symbolic link at NAME.
bool is_mount_point(const char *name);
// Does the same for a name in a directory.
bool is_mount_point_in(int folder, const char *name);

#endif
