#ifndef BOX_CLIENT_HOME_H
#define BOX_CLIENT_HOME_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* Returns NULL for an empty variable too. */
const char *variable(const char *name);

/* Returns false if the path is too long or contains `..`, which Node would resolve before it follows links. */
__attribute__((format(printf, 3, 4))) bool make_path(char *path, size_t size, const char *format, ...);

/* Box's home directory, as in src/host/home.ts. */
bool home_folder(char path[PATH_MAX]);

#endif
