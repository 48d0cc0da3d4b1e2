#ifndef BOX_USER_NAMESPACE_H
#define BOX_USER_NAMESPACE_H

#include "ids.h"

#include <stdbool.h>

/* Room for the reason why something is not possible. */
enum { REASON = 200 };

/*
 * Enters a user namespace, in which the caller is root and has every privilege over the namespace's resources and none
 * over the host's. Returns false with a reason if the host does not allow it or, with ROOT, if enter_root() would fail in it;
 * this process is then as before.
 */
bool enter_user_namespace(enum ids ids, bool root, char reason[REASON]);

/* Whether enter_root() works without a user namespace; otherwise, there is a reason. */
bool can_have_root(char reason[REASON]);

#endif
