#ifndef BOX_USER_NETWORK_H
#define BOX_USER_NETWORK_H

#include <netinet/in.h>
#include <stddef.h>

/*
 * The sockets that libslirp opens for a guest in the network process (native/network). Overrides functions of the C library
 * to enforce the policy.
 */

/*
 * The address that libslirp is given instead of the host's address of a published port, as it does not support all of
 * those: no IPv6, no port twice. It stands for the port at INDEX in the policy.
 */
struct in_addr user_network_alias(size_t index);

#endif
