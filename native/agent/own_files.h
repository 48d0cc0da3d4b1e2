// Files in the writable layer that the agent has made as places for mounts of the box's own: no change of the box's.
#ifndef OWN_FILES_H
#define OWN_FILES_H

#include <stdbool.h>
#include <sys/stat.h>

// FD is one of them, or -1.
void add_own_file(int fd);
// STATUS is that of a file of the writable layer, or of the box's root.
bool is_own_file(const struct stat *status);

#endif
