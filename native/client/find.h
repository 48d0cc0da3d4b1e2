#ifndef BOX_CLIENT_FIND_H
#define BOX_CLIENT_FIND_H

/* Connects to the monitor of the box with this name, ID or ID prefix (src/vm/box/connect-by-name.ts,
 * src/host/runtime-folder.ts). Returns -1 if the box cannot be found by simple means, or is not running. */
int connect_to_monitor(const char *name_or_id);

/* Connects to a socket in a directory that belongs to this user alone. Returns -1 if nobody listens there. */
int connect_in(const char *folder, const char *name);

#endif
