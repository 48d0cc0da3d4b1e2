// What the host's messages say: CONFIGURE and START. Strings point into the message, which has to outlive them.
#ifndef MESSAGES_H
#define MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/guest-protocol.h"
#include "archive.h"
#include "failure.h"
#include "file.h"
#include "task.h"

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

// A file below /proc/sys and what is written to it.
struct sysctl {
    const char *path;
    const char *value;
};

// A device of this kernel's, `name` below /dev, and where the box has it.
struct device {
    const char *name;
    const char *path;
    uint8_t access;
};

// An address of an interface, and the way out from there.
struct network {
    const char *interface;
    const char *address;
    // Empty: there is none.
    const char *gateway;
};

enum { MAX_MOUNTS = 256, MAX_SYSCTLS = 256, MAX_DEVICES = 64, MAX_NETWORKS = 8, MAX_NAMESERVERS = 8 };

struct configuration {
    const char *hostname;
    struct text hosts;
    struct text resolv_conf;
    size_t tmpfs_count;
    struct tmpfs tmpfs[MAX_MOUNTS];
    size_t volume_count;
    struct volume volumes[MAX_MOUNTS];
    size_t network_count;
    struct network networks[MAX_NETWORKS];
    size_t nameserver_count;
    const char *nameservers[MAX_NAMESERVERS];
    bool read_only;
    uint64_t shm_bytes;
    uint64_t clock_ns;
    size_t sysctl_count;
    struct sysctl sysctls[MAX_SYSCTLS];
    // 0: no limit.
    uint32_t pids_limit;
    bool open_paths;
    bool privileged;
    bool persistent;
    size_t device_count;
    struct device devices[MAX_DEVICES];
};

enum { RESOURCES = 16, MAX_FILTER = 4096, INSTRUCTION_BYTES = 8 };

struct limit {
    bool set;
    uint64_t soft;
    uint64_t hard;
};

// A seccomp filter: instructions as the kernel takes them, at any alignment. Without one `count` is 0.
struct filter {
    uint32_t flags;
    size_t count;
    const uint8_t *instructions;
};

// A terminal's size in characters; 0 where nobody knows it.
struct terminal {
    uint16_t rows;
    uint16_t columns;
};

struct start {
    // Each instead of a program; of all else only FLAG_STDIN counts then.
    enum archive_kind archive;
    struct copy copy;
    struct task task;
    struct file_request file;
    char **argv;
    char **env;
    // Ends with NULL.
    const char **groups;
    const char *cwd;
    const char *user;
    uint32_t flags;
    // The three streams are a terminal.
    bool on_terminal;
    struct terminal terminal;
    struct limit limits[RESOURCES];
    uint64_t capabilities;
    struct filter filter;
};

// Reads a size as TERMINAL and RESIZE have it. Returns whether there is one.
bool parse_terminal(const uint8_t *bytes, size_t length, struct terminal *terminal);

// Both read the message in place: a terminator takes the place of the tag of the record that follows a string, and
// `bytes` has to have room for one more byte after its end. A configuration is some KB: the caller keeps it.
bool parse_configure(uint8_t *bytes, size_t length, struct configuration *configuration, struct failure *failure);
// `argv`, `env` and `groups` are on the heap: free_start. There is a free place at the end of `env`, for one more
// variable.
bool parse_start(uint8_t *bytes, size_t length, struct start *start, struct failure *failure);
void free_start(struct start *start);

#endif
