// STAT and LIST: file metadata in the protocol's encoding.
#ifndef FILE_ENTRIES_H
#define FILE_ENTRIES_H

#include <stdbool.h>

// Writes the entry for a path, without a name. Both functions end the process on failure.
void entries_stat(int root, const char *path, bool follow);
// Writes the entries of a directory.
void entries_list(int root, const char *path);

#endif
