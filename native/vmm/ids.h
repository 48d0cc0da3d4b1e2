#ifndef BOX_IDS_H
#define BOX_IDS_H

/* The ids of a user namespace. */
enum ids {
    IDS_OWN,         /* the caller's, as root's */
    IDS_SUBORDINATE, /* and from 1 on those of /etc/subuid and /etc/subgid, where newuidmap and newgidmap give them */
    IDS_ALL,         /* root's: each that there is, as itself */
};

/*
 * Enters a user namespace, in which the caller is root and has every privilege over what the namespace owns, and none
 * over what belongs to the host's. Ends the process where the host does not allow it.
 */
void enter_user_namespace(enum ids ids);

/* Writes a file of /proc that maps the ids of a user namespace. Ends the process when the kernel refuses. */
void write_map(const char *path, const char *text);

#endif
