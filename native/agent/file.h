// Work on one file or folder of the box: what the library's `files` is made of.
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/guest-protocol.h"

struct file_request {
    // NONE: something else is meant.
    enum file_kind kind;
    // Bits of enum file_flag.
    uint8_t flags;
    // Of what is made, where FILE_FLAG_MODE is set.
    uint32_t mode;
    // Of what is read; a length of all bits set is no limit.
    uint64_t offset;
    uint64_t length;
    // From the root, without a slash at its end, without empty parts, `.` and `..`; the root alone is "/".
    const char *path;
    // RENAME: as `path`. Else empty.
    const char *to;
};

// Whether a path is as one of a request has to be.
bool file_path_is_plain(const char *path);

// In a child of the agent's, with the streams in place: does it and ends the process, with 0 or, after a line on stderr,
// with one of enum file_exit. ROOT is the box's; every other descriptor is closed.
__attribute__((noreturn)) void file_run(const struct file_request *request, int root);

#endif
