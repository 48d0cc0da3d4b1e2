// The box's root: the image with the writable layer over it.
#ifndef ROOTFS_H
#define ROOTFS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "failure.h"

// Whether the disk contains the image: the VM may have been started while the image was still being pulled.
bool rootfs_has_image(void);
// Mounts the image with the writable layer over it as this process's root, and unmounts the boot disk. If the layer's
// disk is read-only, the layer is used as it is, and writes stay in memory.
bool rootfs_enter(struct failure *failure);
// Mounts the writable layer, if present, and creates its directories, while there is no image yet: a template's copies
// then start with a copy of this layer.
bool rootfs_prepare_layer(struct failure *failure);
// Lets rootfs_enter mount the layer, but keep what changes in memory.
void rootfs_protect_layer(void);
// Makes a mount this process's root, and unmounts the old one.
bool rootfs_change(const char *folder, struct failure *failure);
// Makes an empty boot disk in memory the root of this process, which has a mount namespace to itself.
bool rootfs_replace_disk(struct failure *failure);
// Lets rootfs_enter use another image, which begins OFFSET bytes into the image disk, and a directory of the writable layer.
bool rootfs_use_sidecar(uint64_t offset, struct failure *failure);
// Makes the root read-only, but not the mounts on it.
bool rootfs_make_read_only(struct failure *failure);
// Undoes rootfs_make_read_only.
bool rootfs_make_writable(struct failure *failure);
// Opens the upper directory of overlayfs: the box's changes to its image. Returns -1 with errno set on failure.
int rootfs_open_changes(void);
// Opens the root without the mounts in it. Returns -1 with errno set on failure.
int rootfs_open_bare(void);
// Opens the writable layer's version of a file that was created as a mount point, in this run (MADE) or an earlier one.
// Returns -1 if the layer has none.
int rootfs_open_target(const char *path, bool made);
// Looks up a file of the image itself, regardless of what the box has changed. Returns false with errno set on failure.
bool rootfs_image_status(const char *path, struct stat *status);
// Blocks processes that write to the root. CHANGES is from rootfs_open_changes. Returns false with errno set, to EBUSY
// if the root is already frozen.
bool rootfs_freeze(int changes);
// Undoes rootfs_freeze.
void rootfs_thaw(void);
// Makes the writable layer read-only and consistent on disk. Call when no programs are running.
void rootfs_settle(void);

#endif
