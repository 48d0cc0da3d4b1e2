#ifndef BOX_IDS_H
#define BOX_IDS_H

/* The IDs mapped in a user namespace. */
enum ids {
    IDS_OWN,         /* the caller's ID, as 0 */
    IDS_SUBORDINATE, /* also, from 1 on, those of /etc/subuid and /etc/subgid, if newuidmap and newgidmap can map them */
    IDS_ALL,         /* for root: every ID, to itself */
};

/*
 * Enters a user namespace, in which the caller is root and has every privilege over the namespace's resources and none
 * over the host's. Exits if the host does not allow it.
 */
void enter_user_namespace(enum ids ids);

/* Writes an ID map of a user namespace in /proc. Exits if the kernel refuses. */
void write_map(const char *path, const char *text);

#endif
