// Makes files of a tar that comes on stdin: what `box cp` into a box is made of.
#ifndef UNPACK_H
#define UNPACK_H

#include <stdbool.h>

#include "failure.h"

// Unpacks into this process's working folder; nothing outside of its root can be reached. Without KEEP_OWNERS what it
// makes is root's.
bool unpack(bool keep_owners, struct failure *failure);

// Brings the path of an entry into its shortest form, relative and without a slash at its end: empty for the top of the
// tar. Returns whether it stays below that.
bool unpack_path(char *path);

#endif
