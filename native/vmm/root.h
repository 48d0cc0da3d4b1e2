#ifndef BOX_ROOT_H
#define BOX_ROOT_H

#include "view.h"
#include "vmm.h"

#include <stdbool.h>

/* Where the volumes' share stands in the root of the process that serves it. */
#define SHARE_PATH "/volumes"

/*
 * Leaves the host's root for one of this process's own, in a mount namespace of its own: a small read-only tmpfs with
 * the view's files, its own descriptors in /proc/self, and the share, in which read-only volumes are read-only with
 * everything mounted below them. Nothing of it is seen by other processes or outlives this one. Ends the process on
 * failure.
 *
 * APART: the share is not there, but in a root of its own, which is returned open; else -1.
 */
int enter_root(const struct view *view, const struct volume *volumes, size_t count, bool apart);

#endif
