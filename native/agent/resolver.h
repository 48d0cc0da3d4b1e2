// The DNS resolver of a box on named networks, at 127.0.0.11.
#ifndef RESOLVER_H
#define RESOLVER_H

#include "failure.h"
#include "messages.h"

// Starts the resolver if the configuration names servers of networks. It runs until the box ends.
bool resolver_start(const struct configuration *configuration, struct failure *failure);

#endif
