#ifndef BOX_LANDLOCK_RIGHTS_H
#define BOX_LANDLOCK_RIGHTS_H

#include <stdint.h>

/* Rights that older headers do not have. */
#define ACCESS_REFER (1ULL << 13)
#define ACCESS_TRUNCATE (1ULL << 14)
#define ACCESS_IOCTL_DEV (1ULL << 15)
#define SCOPES 3ULL /* abstract Unix sockets, signals */

#define ACCESS_FIRST ((1ULL << 13) - 1)

/* struct landlock_ruleset_attr as of version 6. */
struct ruleset {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
};

/* All rights over files that Landlock knows in a version. */
static inline uint64_t rights_of(long version) {
    uint64_t rights = ACCESS_FIRST;
    if (version >= 2) rights |= ACCESS_REFER;
    if (version >= 3) rights |= ACCESS_TRUNCATE;
    if (version >= 5) rights |= ACCESS_IOCTL_DEV;
    return rights;
}

#endif
