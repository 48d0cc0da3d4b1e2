// The name servers of the box's named networks, each of which resolves the names of the boxes on its network and refuses all
// other queries.
#ifndef NETWORK_SERVERS_H
#define NETWORK_SERVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "messages.h"

// Sets the servers. Call before the resolver is started; it shares them with all later children of the agent.
bool network_servers_set(const struct configuration *configuration, struct failure *failure);

// Adds a server at the end, or removes one, if the box has a resolver. Only one process may do so at a time.
bool network_servers_add(const char *address, struct failure *failure);
bool network_servers_remove(const char *address, struct failure *failure);

// Queries all of them over UDP. Returns the length of an answer: that of the first network, in their order, that knows the
// name, or else a refusal; 0 if there is none. SIZE is that of ANSWER.
size_t network_servers_ask(const uint8_t *question, size_t length, uint8_t *answer, size_t size);

#endif
