// Tars of the box's file system, for `box export`, `box commit`, `box diff` and `box cp`.
#ifndef ARCHIVE_H
#define ARCHIVE_H

#include <stdbool.h>

#include "../common/guest-protocol.h"

// A path in the box to copy from or to.
struct copy {
    // NONE: this START is not a COPY.
    enum copy_kind kind;
    bool follow;
    bool keep_owners;
    const char *path;
    // READ: name of the tar's top entry.
    const char *name;
};

// Writes a tar to stdout and exits with 0, or with 1 after a line on stderr. Runs in a child of the agent in which all
// descriptors except stdout, stderr and ROOT, the directory to archive, are closed. The tar contains either the merged
// root or the box's changes to its image as an OCI layer (image-spec, layer.md). STILL: processes that write to the
// box's root are blocked, so that the layer is a consistent snapshot; the agent calls rootfs_thaw() when the child has
// exited, successfully or not.
__attribute__((noreturn)) void archive_write(enum archive_kind what, int root);

// Does the same for a single path, named as COPY says. Includes file systems mounted below it, except those of the
// kernel. LOOK: writes only the top entry, named by its resolved path and without content. The exit code may also be
// NO_SUCH_PATH.
__attribute__((noreturn)) void archive_write_path(const struct copy *copy);

#endif
