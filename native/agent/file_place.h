// Places in the box's files. No link leads out of the root, whoever makes it and whenever.
#ifndef FILE_PLACE_H
#define FILE_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

// A name in a folder that is held open; -1 until it is found.
struct place {
    int folder;
    char name[NAME_MAX + 1];
};

// Opens a path as openat2(2) does, below ROOT. Returns a descriptor, or -1 with errno.
int place_open(int root, const char *path, uint64_t flags);
// Finds the folder of a plain path; links on the way are followed, one at its end is not. False with errno, EBUSY for
// the root.
bool place_find(int root, const char *path, struct place *place);
// The same, following links at the end of the path as well, also to where nothing is.
bool place_find_target(int root, const char *path, struct place *place);
void place_close(struct place *place);
#define cleanup_place __attribute__((cleanup(place_close)))

#endif
