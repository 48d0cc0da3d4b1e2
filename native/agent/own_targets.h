// Mount points and marks that every box has, like a container in Docker, whatever its image contains.
#ifndef OWN_TARGETS_H
#define OWN_TARGETS_H

#include <stdbool.h>

#include "failure.h"

// Creates an empty file at this path of the root if nothing is there.
bool make_own_file(const char *path, struct failure *failure);
// Creates a directory at this path of the root if nothing is there.
bool make_own_folder(const char *path, struct failure *failure);
// Creates /.dockerenv, by which programs recognize a container, and /etc/mtab. Call before anything is mounted there.
bool make_marks(struct failure *failure);
// Makes sure that /etc does not count as changed because of such files in it. Call when all have been created.
void note_etc(void);

#endif
