// Operations on a single file or directory of the box, for the library's `files`.
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/guest-protocol.h"

struct file_request {
    // NONE: this START is not a FILE.
    enum file_kind kind;
    // Bits of enum file_flag.
    uint8_t flags;
    // Mode of the new file or directory, if FILE_FLAG_MODE is set.
    uint32_t mode;
    // READ: the range; a length with all bits set means no limit.
    uint64_t offset;
    uint64_t length;
    // Absolute, without a trailing slash, empty components, `.` or `..`; the root is "/".
    const char *path;
    // RENAME: the new path, in the same form. Otherwise empty.
    const char *to;
};

// Whether a path has the form that requests require.
bool file_path_is_plain(const char *path);

// Carries out the request and exits with 0, or with one of enum file_exit after a line on stderr. Runs in a child of
// the agent in which all descriptors except the three streams and ROOT, the box's root, are closed.
__attribute__((noreturn)) void file_run(const struct file_request *request, int root);

#endif
