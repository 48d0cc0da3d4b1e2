// The name server of a box on a named network, at 127.0.0.11.
#ifndef RESOLVER_H
#define RESOLVER_H

#include "failure.h"
#include "messages.h"

// Starts it when the configuration names servers to ask. It ends with the box.
bool resolver_start(const struct configuration *configuration, struct failure *failure);

#endif
