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

/* A range of subordinate IDs, in the form that newuidmap accepts. */
struct id_range {
    char first[16];
    char count[16];
};

/* How to map IDs. */
struct id_map {
    enum ids ids;
    struct id_range users; /* both empty without any */
    struct id_range groups;
};

/*
 * Looks up this user's subordinate IDs, if they are wanted. The C library may load modules for that, such as one that asks
 * a directory server, and they need a stack of the usual size.
 */
struct id_map plan_ids(enum ids ids);

/* Maps this process's IDs in the user namespace of TARGET, its child. Returns false with errno set. */
bool map_ids(pid_t target, const struct id_map *map);

#endif
