#ifndef BOX_NAMESPACES_H
#define BOX_NAMESPACES_H

#include <stdbool.h>

/*
 * Takes this process, which must have one thread, into namespaces of its own, and the processes that it forks from now
 * on into a process namespace. Those that the host does not allow are left out and noted in the list of layers. Where
 * LAYER_ROOT holds afterwards, enter_root() will work.
 * SUBORDINATE: volumes need the caller's subordinate ids. NETWORK: an empty network is all that is needed. LOW_PORTS:
 * root's privilege over the host's ports is.
 */
struct wanted_namespaces {
    bool subordinate;
    bool network;
    bool low_ports;
};

void enter_namespaces(struct wanted_namespaces wanted);

#endif
