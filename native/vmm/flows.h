#ifndef BOX_FLOWS_H
#define BOX_FLOWS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/*
 * Since 2025, passt (as in Debian 13) uses a separate connected UDP socket for each pair of peers, and checks that the
 * socket's port is the one that it asked for. For outgoing traffic, that is the guest's port, in place of which the policy
 * lets the kernel choose one; for a client of a published port, it is the published port, which the listening socket
 * already has.
 */

/* Records a socket for outgoing traffic of the guest; passt will see ASKED as its port. */
void flows_note_client(int fd, in_port_t asked);

/* Whether FD is such a socket; passt itself knows the peer of those. */
bool flows_is_client(int fd);

/* Records the socket of a published port; passt will see ASKED as its port. */
void flows_note_listener(int fd, in_port_t asked);

/* To be called when passt has peeked at the first datagram of FD: if FD listens, it is from a new client. */
void flows_peeked(int fd);

/*
 * The listening socket for whose new client passt is creating a socket, which asks for port ASKED; -1 if the socket is for
 * something else.
 */
int flows_new_client_of(in_port_t asked);

/*
 * Binds FD to the address and port of LISTENER. The port is never free in between. Returns false, with errno set, on
 * failure.
 */
bool flows_bind(int fd, int listener);

/* The socket that has recorded the peers of FD: the listening one, or FD itself. */
int flows_listener_of(int fd);

/* The port that passt is to see for FD; false if that is the real one. */
bool flows_shown_port(int fd, in_port_t *port);

#endif
