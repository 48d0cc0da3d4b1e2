// Extracts a tar from stdin, for `box cp` into a box.
#ifndef UNPACK_H
#define UNPACK_H

#include <stdbool.h>

#include "failure.h"

// Extracts into the working directory; nothing outside of this process's root can be reached. Without KEEP_OWNERS,
// everything belongs to root.
bool unpack(bool keep_owners, struct failure *failure);

// Normalizes an entry's path to a relative one without a trailing slash; empty for the top of the tar. Returns false if
// it contains `..`.
bool unpack_path(char *path);

#endif
