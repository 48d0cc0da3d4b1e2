// Sends the workload's TCP connections to a proxy in the sidecar.
#ifndef REDIRECT_H
#define REDIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

// Makes all TCP connections that would leave the box arrive at this port of the loopback interface, IPv4's at 127.0.0.1 and
// IPv6's at ::1; SO_ORIGINAL_DST tells where they were going. Except those of programs in the control group `group`, a
// descriptor of its directory: the proxy's own. Nobody else can change the rule, as long as the agent runs.
bool redirect_connections(uint16_t port, int group, struct failure *failure);

#endif
