#ifndef BOX_JAIL_H
#define BOX_JAIL_H

#include "vmm.h"

/*
 * Where the share stands in the mount namespace of the process that serves it: a folder that exists on every Linux and
 * holds no file that this process or a volume could need.
 */
#define SHARE_PATH "/proc/fs"

/* Kills this process when its parent ends, from now on, or at once when it already has. */
void die_with(pid_t parent);

/*
 * Takes this process, which must have one thread, into a mount namespace of its own, in which every volume appears
 * below SHARE_PATH, read-only ones read-only with everything mounted below them. Without privileges that needs a user
 * namespace too: the caller is root there, and its subordinate ids, where it has some, are the others.
 * Nothing of it is seen by other processes or outlives this one.
 */
void enter_share(const struct volume *volumes, size_t count);

/* Closes the way to new privileges: set-user-id programs and file capabilities. */
void refuse_new_privileges(void);

/* The same, and gives up every capability but those of a file server. */
void drop_privileges(void);

/* As many open files as allowed: the guest decides how many files of a volume are open. */
void raise_file_limit(void);

#endif
