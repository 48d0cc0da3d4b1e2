/* Replaces user-network.c or published.c in tests of neither: nothing is redirected or delayed. */
#define _GNU_SOURCE
#include "../net_policy.h"

socklen_t net_redirect(int socket, const struct sockaddr *peer, socklen_t length, struct sockaddr_storage *real) {
    (void)socket, (void)peer, (void)length, (void)real;
    return 0;
}

bool net_fails_later(int socket) {
    (void)socket;
    return false;
}
