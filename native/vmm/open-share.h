#ifndef BOX_OPEN_SHARE_H
#define BOX_OPEN_SHARE_H

#include "jail.h"
#include "vmm.h"

/*
 * Volumes on hosts that allow no mounts: without a private root, virtiofsd confines itself to an empty directory, in which
 * libboxshare.so shows it each volume as a descriptor that was opened before.
 */

enum { OPEN_SHARE_SOURCE = 40 };

/* Exits with a reason if not even that is possible. */
void require_open_share(const struct machine *machine);

_Noreturn void refuse_without_landlock(void);

/* Opens VOLUMES for the virtiofsd that this process will become, and adds them to its jail. SOURCE receives its root. */
void open_share(struct jail *jail, const struct machine *machine, const struct volume *volumes, size_t count,
                char source[OPEN_SHARE_SOURCE]);

#endif
