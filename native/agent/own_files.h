// Empty files that the agent created in the writable layer as mount points; they do not count as changes of the box.
#ifndef OWN_FILES_H
#define OWN_FILES_H

#include <stdbool.h>
#include <sys/stat.h>

// FD is such a file, or -1. It is kept open.
void add_own_file(int fd);
// STATUS is the status of a file in the writable layer or in the box's root.
bool is_own_file(const struct stat *status);

#endif
