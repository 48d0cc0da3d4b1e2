#ifndef BOX_PRIVILEGES_H
#define BOX_PRIVILEGES_H

#include <stdbool.h>
#include <stdint.h>

/* A set of capabilities, one bit each. */
typedef uint64_t capabilities;

/* The capabilities of a file server, which acts as any user of the guest. */
extern const capabilities of_file_server;
/* Those that virtiofsd needs in addition, to confine itself and to drop capabilities. */
extern const capabilities of_own_jail;

#define CAPABILITY(number) (1ULL << (number))

/* Whether this process has a capability. */
bool has_capability(unsigned number);

/* Drops all other capabilities of this thread. */
void keep_capabilities(capabilities kept);

/* Drops all other capabilities, and prevents new privileges through set-user-ID programs and file capabilities. */
void drop_privileges(capabilities kept);

/*
 * Disables core files, which would contain the guest's memory; limits the number of processes if OWN_COUNT, that is if the
 * kernel counts them for this jail alone; limits files to LARGEST_MIB (0: no limit).
 */
void set_limits(uint32_t largest_mib, bool own_count);

/* Raises the limit on open files as far as allowed, because the guest decides how many files of a volume are open. */
void raise_file_limit(void);

#endif
