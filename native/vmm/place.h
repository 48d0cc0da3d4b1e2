#ifndef BOX_PLACE_H
#define BOX_PLACE_H

#include <stdbool.h>

/*
 * Opens the mount point for the absolute PATH in a jail's new root, and creates it and its parents if missing: a
 * directory, or an empty file. It is inside ROOT regardless of symbolic links. Exits on failure.
 */
int make_place(int root, const char *path, bool folder);

#endif
