// Mount points in the root.
#ifndef TARGETS_H
#define TARGETS_H

#include <stdbool.h>
#include <sys/stat.h>

#include "failure.h"

// Makes sure that a directory (or a file) exists at this path. Follows links, including dangling ones. The root of this
// process is the box's, so no link leads out of it.
bool make_target(const char *path, bool folder, struct failure *failure);

// Gives a directory its modification time back after a mount point was created in it.
void restore_time(const char *folder, const struct stat *before);

#endif
