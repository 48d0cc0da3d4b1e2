#ifndef BOX_FLOWS_H
#define BOX_FLOWS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/*
 * Since 2025 passt (Debian 13's) has a UDP socket of its own for each pair of peers, connected, and looks whether its port
 * is the one that it asked for. Towards others that is the number that the guest uses, where the policy lets the kernel
 * pick one; for a client of a published port it is the published one, which the listening socket has already.
 */

/* A socket of the guest's towards others: passt is told that its port is ASKED. */
void flows_note_client(int fd, in_port_t asked);

/* Whether it is one: passt knows by itself whom it hears there. */
bool flows_is_client(int fd);

/* The socket of a published port, which passt knows by the port ASKED. */
void flows_note_listener(int fd, in_port_t asked);

/* passt has looked at the first datagram in the queue of FD, without taking it: a new client, if FD listens. */
void flows_peeked(int fd);

/*
 * The listening socket whose new client passt is making a socket for, which asks for port ASKED; -1 when it is for
 * something else.
 */
int flows_new_client_of(in_port_t asked);

/*
 * Binds FD to the address and port of LISTENER. Whoever looks for a free port meanwhile finds this one taken. False, and
 * errno, when that cannot be.
 */
bool flows_bind(int fd, int listener);

/* The socket that has heard of the peers of FD: the listening one, or FD itself. */
int flows_listener_of(int fd);

/* The port that passt believes FD to have; false when it is the true one. */
bool flows_shown_port(int fd, in_port_t *port);

#endif
