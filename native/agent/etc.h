// /etc/hostname, /etc/hosts and /etc/resolv.conf. As in Docker, they belong to the box and not to its image, so they are kept
// outside of the writable layer.
#ifndef ETC_H
#define ETC_H

#include "failure.h"
#include "messages.h"

// Creates the files, empty, where no program sees them. FOLDER is a directory to mount them at for the time being.
bool etc_prepare(const char *folder, struct failure *failure);
// Writes them and mounts them in the box's root, except where the box has a volume.
bool etc_place(const struct configuration *c, struct failure *failure);

#endif
