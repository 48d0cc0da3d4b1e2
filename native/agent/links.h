// Files with several names: the first name under which each was met.
#ifndef LINKS_H
#define LINKS_H

#include <sys/stat.h>

// A tree of tsearch(3); empty is NULL.
typedef void *links;

// Returns the name under which this file was met first, which is PATH when it never was; NULL without memory.
const char *links_meet(links *met, const struct stat *status, const char *path);

#endif
