// The box's root: the image with the writable layer over it.
#ifndef ROOTFS_H
#define ROOTFS_H

#include <stdbool.h>

#include "failure.h"

// Whether the image is on its disk: the VM may have been started while the image was still being pulled.
bool rootfs_has_image(void);
// Mounts image and writable layer, joins them, and makes that this process's root; the boot disk is out of sight then.
// A layer on a disk that takes no writes is shown as it is, and what is written then stays in memory.
bool rootfs_enter(struct failure *failure);
// Makes the root read-only, with all mounts that stand on it left as they are.
bool rootfs_make_read_only(struct failure *failure);
// Undoes that.
bool rootfs_make_writable(struct failure *failure);
// Opens what the box has changed of its image, as overlayfs keeps it. Returns -1 with errno set.
int rootfs_open_changes(void);
// Opens the root without what is mounted in it. Returns -1 with errno set.
int rootfs_open_bare(void);
// Opens a file that was made to be mounted on, in this life (MADE) or in one before, as the layer has it. Returns -1 when
// it has none.
int rootfs_open_target(const char *path, bool made);
// From here on whoever writes to the root waits. CHANGES is what rootfs_open_changes gave. False with errno: EBUSY when
// it is so already.
bool rootfs_freeze(int changes);
// Undoes that.
void rootfs_thaw(void);
// Brings the writable layer into a state that can be mounted again: nothing runs any more.
void rootfs_settle(void);

#endif
