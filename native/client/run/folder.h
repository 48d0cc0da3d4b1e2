#ifndef BOX_CLIENT_FOLDER_H
#define BOX_CLIENT_FOLDER_H

#include "identity.h"
#include "plan.h"

#include "../buffer.h"

#include <limits.h>

/* Creates the directory of a box and reserves its name, as src/vm/box/create.ts does. Returns false if that is not simply
 * possible; nothing is left behind. */
bool make_folder(const struct plan *plan, const struct identity *identity, const char *name,
                 const struct buffer *record, char folder[PATH_MAX]);

/* Removes a box that could not be launched. */
void remove_folder(const struct plan *plan, const char *folder, const char *name);

#endif
