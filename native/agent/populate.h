// Copies the image's contents at a new volume's mount point into the volume, as Docker does.
#ifndef POPULATE_H
#define POPULATE_H

#include "failure.h"

// Copies the directory PATH below ROOT, if it exists, into the directory VOLUME if that is empty or an earlier copy was
// interrupted. Keeps owners, modes, times, links and extended attributes, but no devices.
bool populate(int root, const char *path, const char *volume, struct failure *failure);

#endif
