#ifndef BOX_JAIL_H
#define BOX_JAIL_H

#include "landlock.h"
#include "privileges.h"
#include "seccomp.h"
#include "user.h"
#include "view.h"
#include "vmm.h"

/* A process of a VMM, seen from what it must be left with. */
struct jail {
    struct view view;
    const struct volume *volumes; /* of a server of files; below SHARE_PATH */
    size_t volume_count;
    struct shares shares; /* of a server of files without a root of its own (open-share.h) */
    bool thread_serves;   /* a thread of this process, in a root of its own (server.h) */
    struct user user;     /* whom root's process becomes */
    capabilities kept;
    unsigned calls;       /* a set of `enum calls` */
    bool alone;           /* not supervised; it ends when it wants to */
    uint32_t largest_mib; /* files grow no larger; 0: they may */
};

/* What every VMM's jail has: kernel, disks and what they consist of. */
struct jail jail_for(const struct machine *machine);

/* The user of root's box for one of its processes, PART (""; those of the VMM itself), or 0. */
uid_t user_of(const struct machine *machine, const char *part);

/*
 * Makes this process the watcher of a VMM: in its namespaces, under the host's limits, tied to its parent. Returns the user
 * that is the box's own, or 0.
 */
uid_t prepare_jails(const struct machine *machine, pid_t parent);

/*
 * Has a VMM become USER when it enters its jail, where it can do all that it has to as that user. Before it is
 * forked: whoever watches it has to know.
 */
void give_user(struct jail *jail, const struct machine *machine, uid_t user);

/* Confines this process. What the list of layers then says is final. */
void enter_jail(const struct jail *jail);

/* Says in the monitor's log what holds, and to the user what does not. */
void report_jail(const struct machine *machine);

#endif
