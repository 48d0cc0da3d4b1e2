// Links that lead to nothing.
#ifndef DANGLING_H
#define DANGLING_H

#include <limits.h>
#include <stdbool.h>

// Resolves a dangling link to the path at which a file would be created through it. Returns false with errno set if PATH is
// not a link, or if the directory that it leads to does not exist either.
bool resolve_dangling(const char *path, char resolved[PATH_MAX]);

#endif
