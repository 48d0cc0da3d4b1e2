#ifndef BOX_CLIENT_FIND_H
#define BOX_CLIENT_FIND_H

/* A stream to a box's monitor, if it is easily told which box is meant by a name, an id or the beginning of one
 * (src/vm/box/connect-by-name.ts, src/host/runtime-folder.ts); else -1. */
int connect_to_monitor(const char *name_or_id);

#endif
