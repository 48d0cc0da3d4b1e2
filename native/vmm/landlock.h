#ifndef BOX_LANDLOCK_H
#define BOX_LANDLOCK_H

#include "view.h"

/*
 * From here on, this process and all that it starts open the files of the view alone, the folder at SHARE (if any) for
 * everything, and can neither signal nor reach by an abstract socket what is outside. Says in the list of layers whether
 * it holds. new_privs must have been given up.
 */
void restrict_files(const struct view *view, const char *share);

#endif
