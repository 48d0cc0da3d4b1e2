#ifndef BOX_NETWORK_H
#define BOX_NETWORK_H

#include "vmm.h"

/* Descriptors of box-network (native/network): frames, and where it reports its layers when it is ready. */
enum { NETWORK_FRAMES = 3, NETWORK_READY = 4 };

struct starting_network {
    pid_t pid;
    int stream;
    int ready; /* -1: nobody waits for it */
};

/*
 * Starts the network process, box-network, as a child of this process, which becomes the supervisor: when it ends, the VMM
 * ends too. To be called while this process is in the host's namespaces; the network process enters namespaces of its own.
 */
struct starting_network start_network(const struct machine *machine);

/*
 * If the box publishes ports, which may be taken, waits until it is ready; otherwise, the VMM need not wait, and the end of
 * either ends the other anyway. Returns a stream with the guest's frames, each preceded by its length in 4 bytes; the process
 * ends when it is closed. Exits with a message if it cannot run, for example because a published port is taken.
 */
int await_network(struct starting_network *network);

/* For `processes`: starts the process as for a box and prints how it is isolated; prints nothing if it cannot run. */
void measure_network(const struct machine *machine);

#endif
