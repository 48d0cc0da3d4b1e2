#ifndef BOX_IDS_H
#define BOX_IDS_H

#include <stdbool.h>

/*
 * Enters a user namespace, in which the caller is root. With SUBORDINATE and where the caller has subordinate ids
 * (/etc/subuid, /etc/subgid, newuidmap and newgidmap), they are the ids from 1 on; else root is the only one. Ends the
 * process where the host does not allow it.
 */
void enter_user_namespace(bool subordinate);

#endif
