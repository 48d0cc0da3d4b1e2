#ifndef BOX_USER_H
#define BOX_USER_H

#include "view.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Processes started by root that do not need to be root become a dedicated user, one per box and per network, who owns
 * no files on the host and no other processes.
 */
struct user {
    uid_t id; /* also its group; 0: no change of user */
    gid_t groups[2];
    size_t group_count;
};

/* Returns the user for the box or network NAME; 0: none. To be called before entering namespaces. */
uid_t user_for(const char *name);

/*
 * Gives USER access to the files of VIEW. Root's files that others cannot read still belong to root, but are opened to a
 * group: the group of all these users for reading, the user's own for writing. Returns a file that remains inaccessible, or
 * NULL.
 */
const char *open_view_to(struct user *user, const struct view *view);

/* Becomes the user but keeps all capabilities, for drop_privileges() to drop. */
void become_user(const struct user *user);

#endif
