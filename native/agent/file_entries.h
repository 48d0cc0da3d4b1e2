// What files are, in the form that the host reads: STAT and LIST.
#ifndef FILE_ENTRIES_H
#define FILE_ENTRIES_H

#include <stdbool.h>

// Writes the entry of what is at a path, without a name. End the process when it cannot be done.
void entries_stat(int root, const char *path, bool follow);
// Writes the entries of all that is in a folder.
void entries_list(int root, const char *path);

#endif
