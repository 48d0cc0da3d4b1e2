#ifndef BOX_DEVICE_H
#define BOX_DEVICE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Makes, for one process of USER's, a node of its own for the device at PATH, in a file system that is attached nowhere. To
 * be called as the host's root: what is made in a user namespace opens no device. Where it cannot be made, the reason is
 * kept.
 */
void make_own_device(const char *path, uid_t user);

/* Whether there is one for the device at PATH. */
bool has_own_device(const char *path);

/* The file system in which it is, under the name that it has on the host. One process can attach it. */
int own_device_mount(void);

/* Why there is none; empty: none was asked for. */
const char *own_device_failure(void);

#endif
