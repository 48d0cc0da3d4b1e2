#ifndef BOX_SOCKETS_H
#define BOX_SOCKETS_H

#include <stddef.h>

/*
 * How many sockets a guest may have open in the network process, apart from those of published ports: libslirp 4.7 keeps up
 * to 64 KiB for each datagram socket for minutes, and if it has no descriptor for a new connection, tries to accept it
 * without a pause.
 */

/* Sets the limit on open files accordingly. To be called before any socket is opened. */
void sockets_limit(size_t published);

/* Closes a new socket of this type, and returns -1 with errno set, if it is one too many. Otherwise returns it. */
int sockets_keep(int socket, int type);

#endif
