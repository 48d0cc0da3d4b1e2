#ifndef BOX_ANSWERS_H
#define BOX_ANSWERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * A UDP socket of the guest's receives from those alone that it has sent to, address and port, as behind Docker's NAT:
 * a filter in the kernel drops all else. Sockets that are not UDP are left as they are.
 */

/* The kernel's number of a UDP socket, which no other one ever has; 0: it is none. */
uint64_t answers_cookie(int socket);

/* Closes a socket that is about to be bound, before anything can arrive. False, and errno, when the kernel refuses. */
bool answers_close(int socket);

/*
 * Lets answers from PEER in, before something is sent there; of more peers than a socket can remember, the one admitted
 * first is forgotten. Leaves sockets of published ports as they are. False, and errno, when the kernel refuses.
 */
bool answers_admit(int socket, const struct sockaddr *peer, socklen_t length);

/* The socket of a published port: anybody may send to it. False, and errno, when the kernel refuses. */
bool answers_open(int socket);

#endif
