#ifndef MOUNT_POINT_H
#define MOUNT_POINT_H

#include <stdbool.h>

// Whether something is mounted on this path, file or folder. NAME is no symbolic link that is followed.
bool is_mount_point(const char *name);
// The same, of a name in a folder.
bool is_mount_point_in(int folder, const char *name);

#endif
