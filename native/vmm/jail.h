#ifndef BOX_JAIL_H
#define BOX_JAIL_H

#include "landlock.h"
#include "privileges.h"
#include "seccomp.h"
#include "user.h"
#include "view.h"
#include "vmm.h"

/* Describes the jail of one process of a VMM. */
struct jail {
    struct view view;
    const struct volume *volumes; /* for a file server; below SHARE_PATH */
    size_t volume_count;
    struct shares shares; /* of a server of files without a root of its own (open-share.h) */
    bool thread_serves;   /* the file server is a thread of this process, with its own root (server.h) */
    struct user user;     /* the user that root's process becomes */
    capabilities kept;
    unsigned calls;       /* a set of `enum calls` */
    bool alone;           /* not supervised */
    pid_t parent;         /* with which a process dies that is not supervised; 0: it outlives it */
    uint32_t largest_mib; /* limit on file sizes; 0: none */
};

/* The jail of a VMM: sees the kernel, the disks and the files of which they consist. */
struct jail jail_for(const struct machine *machine);

/* The user that a process of root's box runs as, or 0. PART names the process; "": the VMM itself. */
uid_t user_of(const struct machine *machine, const char *part);

/*
 * Makes this process the watcher of a VMM: enters its namespaces, applies the host's limits, and ties it to its parent.
 * Returns the box's own user, or 0.
 */
uid_t prepare_jails(const struct machine *machine, pid_t parent);

/*
 * Makes a VMM become USER when it enters its jail, if it can do all its work as that user. To be called before it is
 * forked, because the watcher must know.
 */
void give_user(struct jail *jail, const struct machine *machine, uid_t user);

/* Confines this process. The list of layers is final afterwards. */
void enter_jail(const struct jail *jail);

/* Writes the layers in effect to the monitor's log, and a warning about missing ones to the user. */
void report_jail(const struct machine *machine);

#endif
