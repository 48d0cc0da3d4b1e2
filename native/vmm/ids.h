#ifndef BOX_IDS_H
#define BOX_IDS_H

/*
 * Enters a user namespace, together with the namespaces of FLAGS (CLONE_NEW…), in which the caller is root. Where the
 * caller has subordinate ids (/etc/subuid, /etc/subgid, newuidmap and newgidmap), they are the ids from 1 on; elsewhere
 * root is the only one.
 */
void enter_user_namespace(int flags);

#endif
