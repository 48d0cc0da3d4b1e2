#ifndef BOX_LANDLOCK_H
#define BOX_LANDLOCK_H

#include "view.h"

/*
 * From here on, this process and all that it starts open the files of the view alone, the open folder SHARE (if not -1) for
 * everything, and can neither signal nor reach by an abstract socket what is outside. Says in the list of layers whether
 * it holds. new_privs must have been given up.
 */
void restrict_files(const struct view *view, int share);

#endif
