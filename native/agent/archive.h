// Tars of the box's file system: what `box export`, `box commit`, `box diff` and `box cp` are made of.
#ifndef ARCHIVE_H
#define ARCHIVE_H

#include <stdbool.h>

#include "../common/guest-protocol.h"

// What a path of the box is, and what there is at it: `box cp`.
struct copy {
    // NONE: something else is meant.
    enum copy_kind kind;
    bool follow;
    bool keep_owners;
    const char *path;
    // Of the top of the tar that is read.
    const char *name;
};

// In a child of the agent's, with stdout and stderr in place: writes one to stdout and ends the process, with 0 or,
// after a line on stderr, with 1. The kinds: the merged root, or what the box has changed of its image, as a layer of OCI
// images (image-spec, layer.md); STILL: whoever writes to the box's root waits meanwhile, so that the layer is of one
// moment. ROOT is the folder that it is about; every other descriptor is closed. What was made
// to wait goes on with rootfs_thaw(), which the agent calls when the process has ended, however it did.
__attribute__((noreturn)) void archive_write(enum archive_kind what, int root);

// The same, of what is at a path, by the name that COPY gives it; what is mounted there is there, but of the kernel's own
// file systems. LOOK: of the top alone, by its
// resolved path and without what is in it. The exit code may be NO_SUCH_PATH.
__attribute__((noreturn)) void archive_write_path(const struct copy *copy);

#endif
