#ifndef BOX_PRIVILEGES_H
#define BOX_PRIVILEGES_H

#include <stdbool.h>
#include <stdint.h>

/* A set of capabilities, bit CAP_… each. */
typedef uint64_t capabilities;

/* Those of a server of files, which acts for any user of the guest. */
extern const capabilities of_file_server;
/* What virtiofsd needs besides, to shut itself in and to drop what it does not need. */
extern const capabilities of_own_jail;

#define CAPABILITY(number) (1ULL << (number))

/* Whether this process has a capability. */
bool has_capability(unsigned number);

/* Gives up every other capability of this thread's. */
void keep_capabilities(capabilities kept);

/* Gives up every other capability, and for ever the way to new privileges: set-user-id programs and file capabilities. */
void drop_privileges(capabilities kept);

/*
 * No core files, which would hold the guest's memory; a bounded number of processes where the kernel counts them for
 * this jail alone; and files of at most LARGEST_MIB (0: of any size).
 */
void set_limits(uint32_t largest_mib, bool own_count);

/* As many open files as allowed: the guest decides how many files of a volume are open. */
void raise_file_limit(void);

#endif
