// Connections to a port of the loopback interface, on which a program of the box listens.
#ifndef DIAL_H
#define DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/guest-protocol.h"
#include "failure.h"

struct dial {
    enum dial_kind kind;
    uint16_t port;
};

// Runs in a child of the agent. CONNECT: passes stdin on to the peer and what the peer sends to stdout, until the peer
// has closed its end. AWAIT: returns once the port accepts connections.
bool dial_run(const struct dial *dial, struct failure *failure);

#endif
