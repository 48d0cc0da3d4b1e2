#ifndef BOX_LANDLOCK_H
#define BOX_LANDLOCK_H

#include "view.h"

#include <stdbool.h>
#include <stddef.h>

/* Open folders and files that a server of files may open everything in. */
struct shares {
    const int *fds;
    size_t count;
    bool read_only;
};

/*
 * From here on, this process and all that it starts open the files of the view and of the shares alone, and can neither
 * signal nor reach by an abstract socket what is outside. Says in the list of layers whether it holds. new_privs must have
 * been given up.
 */
void restrict_files(const struct view *view, const struct shares *shares);

#endif
