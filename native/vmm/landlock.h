#ifndef BOX_LANDLOCK_H
#define BOX_LANDLOCK_H

#include "view.h"

#include <stdbool.h>
#include <stddef.h>

/* Open directories and files in which a file server may open everything. */
struct shares {
    const int *fds;
    size_t count;
    bool read_only;
};

/*
 * Restricts this process and its children to the files of the view and of the shares; processes outside can no longer be
 * signaled or reached through abstract sockets. Records the result in the list of layers. no_new_privs must be set.
 */
void restrict_files(const struct view *view, const struct shares *shares);

#endif
