#ifndef BOX_IDS_H
#define BOX_IDS_H

#include <stdbool.h>
#include <sys/types.h>

/* The IDs mapped in a user namespace. */
enum ids {
    IDS_OWN,         /* the caller's ID, as 0 */
    IDS_SUBORDINATE, /* also, from 1 on, those of /etc/subuid and /etc/subgid, if newuidmap and newgidmap can map them */
    IDS_ALL,         /* for root: every ID, to itself */
};

/* Maps this process's IDs in the user namespace of TARGET, its child. Returns false with errno set. */
bool map_ids(pid_t target, enum ids ids);

#endif
