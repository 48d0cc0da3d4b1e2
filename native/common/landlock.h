// Landlock (landlock(7)), as far as headers older than the kernel do not have it.
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
    uint64_t network; // from version 4 on
    uint64_t scopes;  // from version 6 on
};

// Less than 1: this kernel has none; errno says why.
static inline long landlock_version(void) {
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

// Nothing is left of files, and of what is outside by abstract sockets and signals, as far as the version goes.
static inline struct ruleset rules_of_files(long version) {
    struct ruleset rules = {.files = ACCESS_FIRST, .scopes = version >= 6 ? SCOPES : 0};
    if (version >= 2) rules.files |= ACCESS_REFER;
    if (version >= 3) rules.files |= ACCESS_TRUNCATE;
    if (version >= 5) rules.files |= ACCESS_IOCTL_DEV;
    return rules;
}

// A descriptor; -1 with errno.
static inline int make_ruleset(long version, const struct ruleset *rules) {
    size_t size = version >= 6 ? sizeof *rules : version >= 4 ? offsetof(struct ruleset, scopes) : sizeof rules->files;
    return (int)syscall(SYS_landlock_create_ruleset, rules, size, 0);
}

#endif
