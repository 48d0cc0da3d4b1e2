#ifndef BOX_PEERS_H
#define BOX_PEERS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/*
 * QEMU's user-mode network and passt are told of published ports by IPv4 alone, so that a server in the guest need not
 * know IPv6. A socket that they believe to be IPv4 may be IPv6 in truth; its peers are shown to them as IPv4, those with
 * IPv6 as the host's loopback, which the guest knows as its gateway. These processes call all of this from one thread.
 */

/*
 * Puts an IPv6 socket, bound to ADDRESS, in the place of an IPv4 one: the descriptor and its flags stay. ONLY: without
 * IPv4 clients. False, and errno, when that cannot be.
 */
bool peers_turn(int fd, int type, const struct sockaddr_in6 *address, bool only);

/* The true address of a datagram's destination, when it is a peer that has sent one to this socket; else 0. */
socklen_t peers_answer(int fd, const struct sockaddr *peer, socklen_t length, struct sockaddr_storage *real);

/* An IPv4 destination as a turned socket needs it; 0 for any other socket. */
socklen_t peers_fit(int fd, const struct sockaddr *peer, socklen_t length, struct sockaddr_storage *real);

#endif
