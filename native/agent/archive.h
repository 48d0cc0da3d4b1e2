// Tars of the box's file system: what `box export`, `box commit` and `box diff` are made of.
#ifndef ARCHIVE_H
#define ARCHIVE_H

// The merged root, or what the box has changed of its image, as a layer of OCI images (image-spec, layer.md).
enum archive { ARCHIVE_NONE, ARCHIVE_ROOT, ARCHIVE_CHANGES };

// In a child of the agent's, with stdout and stderr in place: writes one to stdout and ends the process, with 0 or,
// after a line on stderr, with 1. ROOT is the folder that it is about; every other descriptor is closed.
__attribute__((noreturn)) void archive_write(enum archive what, int root);

#endif
