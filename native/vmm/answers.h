#ifndef BOX_ANSWERS_H
#define BOX_ANSWERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * As behind Docker's NAT, a UDP socket of the guest receives datagrams only from addresses and ports to which it has sent:
 * a filter in the kernel drops everything else. Sockets that are not UDP are left alone.
 */

/* The kernel's cookie for a UDP socket, which is never reused; 0 for any other socket. */
uint64_t answers_cookie(int socket);

/* Makes a socket that is about to be bound drop everything. Returns false, with errno set, if the kernel refuses. */
bool answers_close(int socket);

/*
 * Admits answers from PEER, before anything is sent there. A socket remembers a limited number of peers and drops the
 * oldest. Sockets of published ports are left alone. Returns false, with errno set, if the kernel refuses.
 */
bool answers_admit(int socket, const struct sockaddr *peer, socklen_t length);

/* Lets anyone send to a socket, which is that of a published port. Returns false, with errno set, if the kernel refuses. */
bool answers_open(int socket);

#endif
