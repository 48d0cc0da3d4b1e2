#ifndef BOX_VIEW_H
#define BOX_VIEW_H

#include <limits.h>
#include <stddef.h>

/* How a process may use a file or directory of the host. */
enum use { USE_READ, USE_WRITE, USE_DEVICE, USE_OWN_DEVICE /* device.h */ };

/* A file or directory of the host that is visible in a jail, under the same absolute path. */
struct sight {
    char path[PATH_MAX];
    enum use use;
};

/* Everything that is visible in a jail. */
struct view {
    struct sight *sights;
    size_t count;
    const char *program; /* to be executed in the jail; NULL: none */
};

/* Adds a file or directory, which must exist when the jail is built. */
void see(struct view *view, enum use use, const char *path);

/* Adds a file or directory if it exists. */
void see_if_there(struct view *view, enum use use, const char *path);

/* Adds what is needed to execute a program: its file, the loader and the libraries. */
void see_program(struct view *view, const char *path);

/* Adds the extents of a VMDK descriptor (src/oci/index/vmdk.ts). Exits if it cannot be read. */
void see_extents(struct view *view, const char *descriptor);

/* Finds a program as a shell does and returns its absolute path with links resolved. Exits if it is not found. */
char *find_program(const char *name);

#endif
