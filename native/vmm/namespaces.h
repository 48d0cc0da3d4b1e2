#ifndef BOX_NAMESPACES_H
#define BOX_NAMESPACES_H

#include <stdbool.h>

/*
 * Moves this process, which must be single-threaded, into its own namespaces, and the processes that it forks later into a
 * PID namespace. Those that the host does not allow are skipped and recorded in the list of layers. If LAYER_ROOT is in
 * effect afterwards, enter_root() will work.
 * SUBORDINATE: volumes need the caller's subordinate IDs. NETWORK: an empty network is sufficient. LOW_PORTS: root's
 * privilege to bind low ports of the host is needed.
 */
struct wanted_namespaces {
    bool subordinate;
    bool network;
    bool low_ports;
};

void enter_namespaces(struct wanted_namespaces wanted);

#endif
