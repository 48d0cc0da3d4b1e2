#ifndef BOX_OPEN_SHARE_H
#define BOX_OPEN_SHARE_H

#include "jail.h"
#include "vmm.h"

/*
 * Volumes where the host allows no mounts: without a root of its own, virtiofsd shuts itself into an empty folder, and
 * libboxshare.so shows it each volume there, as a descriptor that was opened before.
 */

enum { OPEN_SHARE_SOURCE = 40 };

/* Ends the process, and says why, where not even that is possible. */
void require_open_share(const struct machine *machine);

/* Opens VOLUMES for the virtiofsd that this process will become, and enters them in its jail. SOURCE gets its root. */
void open_share(struct jail *jail, const struct machine *machine, const struct volume *volumes, size_t count,
                char source[OPEN_SHARE_SOURCE]);

#endif
