#ifndef BOX_PEERS_H
#define BOX_PEERS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/*
 * libslirp gets published ports as IPv4 only, so that a server in the guest need not support IPv6. A socket that it takes
 * for IPv4 may really be IPv6. Its peers are shown to it as IPv4 addresses, and IPv6 peers as the host's loopback, which
 * the guest sees as its gateway. All of this is called from a single thread.
 */

/*
 * Replaces an IPv4 socket by an IPv6 one bound to ADDRESS; the descriptor and its flags stay the same. V6_ONLY: without
 * IPv4 clients. Returns false, with errno set, on failure.
 */
bool peers_replace(int fd, int type, const struct sockaddr_in6 *address, bool v6_only);

/* Puts the real address of a datagram's destination into REAL if it is a peer that has sent to this socket; otherwise 0. */
socklen_t peers_answer(int fd, const struct sockaddr *peer, socklen_t length, struct sockaddr_storage *real);

/* Converts an IPv4 destination for a replaced socket; 0 for any other socket. */
socklen_t peers_fit(int fd, const struct sockaddr *peer, socklen_t length, struct sockaddr_storage *real);

#endif
