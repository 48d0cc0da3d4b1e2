// Hard links: the first path at which each inode was seen.
#ifndef LINKS_H
#define LINKS_H

#include <sys/stat.h>

// A tsearch(3) tree; NULL is empty.
typedef void *links;

// Returns the path at which this file was first seen: PATH itself if it is new. NULL if memory is exhausted.
const char *links_meet(links *met, const struct stat *status, const char *path);

#endif
