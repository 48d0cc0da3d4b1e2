#ifndef BOX_CLIENT_FIND_H
#define BOX_CLIENT_FIND_H

#include <stdbool.h>
#include <sys/un.h>

/* The address of a box's monitor, if it is easily told which box is meant by a name, an id or the beginning of one:
 * src/vm/box/reach.ts, src/config/paths.ts. */
bool find_monitor(const char *name_or_id, struct sockaddr_un *address);

#endif
