// What the host's messages say: CONFIGURE and START. Strings point into the message, which has to outlive them.
#ifndef MESSAGES_H
#define MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

struct text {
    const char *bytes;
    size_t length;
};

struct tmpfs {
    const char *path;
    const char *options;
};

struct volume {
    const char *name;
    const char *path;
    bool read_only;
    bool file;
    // When it is empty, it gets what the image has at `path`.
    bool populate;
};

enum { MAX_MOUNTS = 256 };

struct configuration {
    const char *hostname;
    struct text hosts;
    struct text resolv_conf;
    size_t tmpfs_count;
    struct tmpfs tmpfs[MAX_MOUNTS];
    size_t volume_count;
    struct volume volumes[MAX_MOUNTS];
    const char *interface;
    const char *address;
    const char *gateway;
    bool read_only;
    uint64_t shm_bytes;
    uint64_t clock_ns;
};

enum { FLAG_STDIN = 1, FLAG_MAIN = 2 };

struct start {
    char **argv;
    char **env;
    const char *cwd;
    const char *user;
    uint32_t flags;
};

// Both read the message in place: a terminator takes the place of the tag of the record that follows a string, and
// `bytes` has to have room for one more byte after its end. A configuration is some KB: the caller keeps it.
int parse_configure(uint8_t *bytes, size_t length, struct configuration *configuration, struct failure *failure);
// `argv` and `env` are on the heap: free_start. There is a free place at the end of `env`, for one more variable.
int parse_start(uint8_t *bytes, size_t length, struct start *start, struct failure *failure);
void free_start(struct start *start);

#endif
