#ifndef BOX_CLOSED_H
#define BOX_CLOSED_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * Whether an address is the host itself: its loopback, or the unspecified address, which is the same as a destination
 * on Linux. `host-gateway` opens these.
 */
bool closed_is_host(const struct sockaddr *address, socklen_t length);

/*
 * Whether an address is closed to a guest unless something opens it: the host itself, link-local addresses, those under
 * which clouds serve credentials to whoever asks, multicast and broadcast, in every notation that holds them.
 */
bool closed_has(const struct sockaddr *address, socklen_t length);

#endif
