#ifndef BOX_ROOT_H
#define BOX_ROOT_H

#include "view.h"
#include "vmm.h"

#include <stdbool.h>

/* Path of the volumes' share in the root of the process that serves it. */
#define SHARE_PATH "/volumes"

/*
 * Replaces the host's root by a private one in a new mount namespace: a small read-only tmpfs with the view's files, the
 * process's own descriptors in /proc/self, and the share, in which read-only volumes are read-only including everything
 * mounted below them. No other process sees it, and it disappears with this process. Exits on failure.
 *
 * APART: the share is in a separate root, whose descriptor is returned; otherwise returns -1.
 */
int enter_root(const struct view *view, const struct volume *volumes, size_t count, bool apart);

#endif
