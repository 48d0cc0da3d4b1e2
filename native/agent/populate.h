// What the image has at a new volume's path goes into the volume, as with Docker.
#ifndef POPULATE_H
#define POPULATE_H

#include "failure.h"

// Copies the folder PATH below ROOT, if there is one, into the volume `volume`, when that is empty or an earlier copy was
// cut off. Owners, modes, times, links and extended attributes are kept; devices are not.
bool populate(int root, const char *path, const char *volume, struct failure *failure);

#endif
