// Resolves paths in the box. No link leads out of the root, no matter who creates it or when.
#ifndef FILE_PLACE_H
#define FILE_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

// A name in a directory that is held open; `folder` is -1 until it is found.
struct place {
    int folder;
    char name[NAME_MAX + 1];
};

// Opens a path below ROOT with openat2(2). Returns a descriptor, or -1 with errno set.
int place_open(int root, const char *path, uint64_t flags);
// Finds the parent directory of a plain path, following links except at the end of the path. Returns false with errno
// set, to EBUSY for the root.
bool place_find(int root, const char *path, struct place *place);
// Does the same, but also follows links at the end of the path, including dangling ones.
bool place_find_target(int root, const char *path, struct place *place);
void place_close(struct place *place);
#define cleanup_place __attribute__((cleanup(place_close)))

#endif
