#ifndef BOX_VIEW_H
#define BOX_VIEW_H

#include <limits.h>
#include <stddef.h>

/* What a process may do with a file or folder of the host. */
enum use { USE_READ, USE_WRITE, USE_DEVICE, USE_OWN_DEVICE /* device.h */ };

/* A file or folder of the host that a process in a jail sees, under its own absolute path. */
struct sight {
    char path[PATH_MAX];
    enum use use;
};

/* All that it sees. */
struct view {
    struct sight *sights;
    size_t count;
    const char *program; /* that is still to be executed; NULL: none */
};

/* Adds a file or folder, which must be there once the jail is built. */
void see(struct view *view, enum use use, const char *path);

/* Adds it when it is there. */
void see_if_there(struct view *view, enum use use, const char *path);

/* Adds what a program that is still to be executed needs of the system: its file, the loader and the libraries. */
void see_program(struct view *view, const char *path);

/* Adds the extents of a VMDK descriptor (src/oci/index/vmdk.ts). Ends the process when it cannot be read. */
void see_extents(struct view *view, const char *descriptor);

/* The absolute path of a program that is named as in a shell, links resolved. Ends the process when there is none. */
char *find_program(const char *name);

#endif
