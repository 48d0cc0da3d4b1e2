#ifndef BOX_USER_H
#define BOX_USER_H

#include "view.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Root's processes that need nothing of root's become a user of their own, one for each box and each network, who owns
 * nothing on the host and whom no other process belongs to.
 */
struct user {
    uid_t id; /* of its group too; 0: this process stays who it is */
    gid_t groups[2];
    size_t group_count;
};

/* The user for what NAME stands for; 0: none. To be asked before namespaces are entered. */
uid_t user_for(const char *name);

/*
 * Lets USER open what VIEW has. Files of root's that others may not read stay root's, and are opened to a group: that of
 * all these users for reading, the user's own for writing. Returns what stays closed, or NULL.
 */
const char *open_view_to(struct user *user, const struct view *view);

/* Becomes it, with the capabilities that this process has, for drop_privileges() to take. */
void become_user(const struct user *user);

#endif
