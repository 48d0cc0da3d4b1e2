#ifndef BOX_CLIENT_FOLDER_H
#define BOX_CLIENT_FOLDER_H

#include "identity.h"
#include "plan.h"

#include "../buffer.h"

#include <limits.h>

/* Creates the directory of a box and reserves its name, as src/vm/box/create.ts does. Returns false if that is not simply
 * possible; nothing is left behind. */
bool make_folder(const struct plan *plan, const char *layer, const struct identity *identity, const char *name,
                 const struct buffer *record, char folder[PATH_MAX]);

/* Whether no box has this name, as far as that is simple to see. */
bool is_name_free(const struct plan *plan, const char *name);

/* Does the same in steps for a VM of the plan's pool: takes its directory, which only one command can do, writes the
 * record there, and makes it the directory of a box. discard_folder() removes what has been taken. */
bool take_folder(const struct plan *plan, const char *id);
bool record_in_folder(const struct plan *plan, const char *id, const struct buffer *record);
bool publish_folder(const struct plan *plan, const char *id, const char *name, char folder[PATH_MAX]);
void discard_folder(const struct plan *plan, const char *id);

/* Removes a box that could not be launched. */
void remove_folder(const struct plan *plan, const char *folder, const char *name);

#endif
