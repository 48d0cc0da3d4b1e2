// Parsed CONFIGURE and START messages. Strings point into the message, which has to outlive them.
#ifndef MESSAGES_H
#define MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/guest-protocol.h"
#include "archive.h"
#include "dial.h"
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
    // If the volume is empty, copy the image's contents at `path` into it.
    bool populate;
};

// A file below /proc/sys and the value to write to it.
struct sysctl {
    const char *path;
    const char *value;
};

// A device of the guest kernel, `name` below /dev, and its path in the box.
struct device {
    const char *name;
    const char *path;
    uint8_t access;
};

// Address and default gateway of an interface.
struct network {
    const char *interface;
    const char *address;
    // Empty: none.
    const char *gateway;
};

enum { MAX_MOUNTS = 256, MAX_SYSCTLS = 256, MAX_DEVICES = 64, MAX_NETWORKS = 24 };
enum { MAX_NETWORK_SERVERS = 16, MAX_NAMESERVERS = 8 };

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
    // Of named networks.
    size_t network_server_count;
    const char *network_servers[MAX_NETWORK_SERVERS];
    size_t nameserver_count;
    const char *nameservers[MAX_NAMESERVERS];
    bool read_only;
    uint64_t shm_bytes;
    uint64_t clock_ns;
    size_t sysctl_count;
    struct sysctl sysctls[MAX_SYSCTLS];
    // 0: no limit.
    uint32_t pids_limit;
    // Microseconds of CPU time in 100,000; 0: no limit.
    uint32_t cpu_limit;
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

// A seccomp filter: instructions in the kernel's format, unaligned. A `count` of 0 means no filter.
struct filter {
    uint32_t flags;
    size_t count;
    const uint8_t *instructions;
};

// A terminal's size in characters; 0 if unknown.
struct terminal {
    uint16_t rows;
    uint16_t columns;
};

struct start {
    // Each of these replaces the program, and all other fields except FLAG_STDIN.
    enum archive_kind archive;
    struct copy copy;
    struct task task;
    struct file_request file;
    struct dial dial;
    char **argv;
    char **env;
    // NULL-terminated.
    const char **groups;
    const char *cwd;
    const char *user;
    uint32_t flags;
    // The three streams are a terminal.
    bool on_terminal;
    struct terminal terminal;
    struct limit limits[RESOURCES];
    uint64_t capabilities;
    // 0: that of the agent.
    int32_t oom_score_adj;
    struct filter filter;
};

// Parses a size in the format of TERMINAL and RESIZE. Returns whether it is valid.
bool parse_terminal(const uint8_t *bytes, size_t length, struct terminal *terminal);

// Both parse the message in place: string terminators overwrite the tag of the next record, and `bytes` needs one spare
// byte after its end. A configuration is several KB, so it should not be on the stack.
bool parse_configure(uint8_t *bytes, size_t length, struct configuration *configuration, struct failure *failure);
// Allocates `argv`, `env` and `groups`; release them with free_start, also on failure. `env` has a free slot at its end
// for one more variable.
bool parse_start(uint8_t *bytes, size_t length, struct start *start, struct failure *failure);
void free_start(struct start *start);

#endif
