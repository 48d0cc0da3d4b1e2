// Landlock (landlock(7)), including what the headers of older kernels lack.
#ifndef COMMON_LANDLOCK_H
#define COMMON_LANDLOCK_H

#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ACCESS_FIRST ((1ULL << 13) - 1)
#define ACCESS_REFER (1ULL << 13)
#define ACCESS_TRUNCATE (1ULL << 14)
#define ACCESS_IOCTL_DEV (1ULL << 15)
#define TCP 3ULL    /* bind, connect */
#define SCOPES 3ULL /* abstract Unix sockets, signals */

// struct landlock_ruleset_attr as of version 6.
struct ruleset {
    uint64_t files;
    uint64_t network; // since version 4
    uint64_t scopes;  // since version 6
};

// Returns less than 1, with errno set, if the kernel does not support Landlock.
static inline long landlock_version(void) {
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

// Returns rules that deny all access to files and, as far as the version supports it, through abstract sockets and
// signals to other processes.
static inline struct ruleset rules_of_files(long version) {
    struct ruleset rules = {.files = ACCESS_FIRST, .scopes = version >= 6 ? SCOPES : 0};
    if (version >= 2) rules.files |= ACCESS_REFER;
    if (version >= 3) rules.files |= ACCESS_TRUNCATE;
    if (version >= 5) rules.files |= ACCESS_IOCTL_DEV;
    return rules;
}

// Returns a descriptor, or -1 with errno set.
static inline int make_ruleset(long version, const struct ruleset *rules) {
    size_t size = version >= 6 ? sizeof *rules : version >= 4 ? offsetof(struct ruleset, scopes) : sizeof rules->files;
    return (int)syscall(SYS_landlock_create_ruleset, rules, size, 0);
}

#endif
