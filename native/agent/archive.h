// Tars of the box's file system: what `box export`, `box commit` and `box diff` are made of.
#ifndef ARCHIVE_H
#define ARCHIVE_H

// The merged root, or what the box has changed of its image, as a layer of OCI images (image-spec, layer.md); STILL:
// whoever writes to the box's root waits meanwhile, so that the layer is of one moment.
enum archive { ARCHIVE_NONE, ARCHIVE_ROOT, ARCHIVE_CHANGES, ARCHIVE_STILL_CHANGES };

// In a child of the agent's, with stdout and stderr in place: writes one to stdout and ends the process, with 0 or,
// after a line on stderr, with 1. ROOT is the folder that it is about; every other descriptor is closed. What was made
// to wait goes on with rootfs_thaw(), which the agent calls when the process has ended, however it did.
__attribute__((noreturn)) void archive_write(enum archive what, int root);

#endif
