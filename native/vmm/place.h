#ifndef BOX_PLACE_H
#define BOX_PLACE_H

#include <stdbool.h>

/*
 * Opens the place for PATH, which is absolute, in a jail's new root, and makes it with its parents when it is missing: a
 * folder, or an empty file. It lies in ROOT whatever links are there. Ends the process when it cannot.
 */
int make_place(int root, const char *path, bool folder);

#endif
