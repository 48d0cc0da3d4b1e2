#ifndef BOX_CLOSED_H
#define BOX_CLOSED_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * Whether an address is the host itself: its loopback, or the unspecified address, which as a destination means the same
 * on Linux. `host-gateway` opens these.
 */
bool closed_is_host(const struct sockaddr *address, socklen_t length);

/*
 * Whether an address is closed to guests by default: the host itself, link-local addresses, the metadata services of
 * clouds, which hand out credentials without authentication, multicast and broadcast, in every notation that embeds them.
 */
bool closed_has(const struct sockaddr *address, socklen_t length);

#endif
