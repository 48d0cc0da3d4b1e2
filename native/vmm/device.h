#ifndef BOX_DEVICE_H
#define BOX_DEVICE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Creates a node for the device at PATH that one process of USER can open, in a detached file system. Must be called as
 * root of the host, because nodes created in a user namespace do not open devices. On failure, the reason is recorded.
 */
void make_own_device(const char *path, uid_t user);

/* Whether such a node exists for the device at PATH. */
bool has_own_device(const char *path);

/* The file system that contains the node, under the device's name on the host. Only one process can attach it. */
int own_device_mount(void);

/* Why there is no node; empty if none was requested. */
const char *own_device_failure(void);

#endif
