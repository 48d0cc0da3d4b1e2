// Places in the box's files. No link leads out of the root, whoever makes it and whenever.
#ifndef FILE_PLACE_H
#define FILE_PLACE_H

#include <limits.h>
#include <stdint.h>

// A name in a folder that is held open.
struct place {
    int folder;
    char name[NAME_MAX + 1];
};

// Opens a path as openat2(2) does, below ROOT. Returns a descriptor, or -1 with errno.
int place_open(int root, const char *path, uint64_t flags);
// Finds the folder of a plain path; links on the way are followed, one at its end is not. Returns 0, or -1 with errno,
// EBUSY for the root.
int place_find(int root, const char *path, struct place *place);
// The same, following links at the end of the path as well, also to where nothing is.
int place_find_target(int root, const char *path, struct place *place);
void place_close(const struct place *place);

#endif
