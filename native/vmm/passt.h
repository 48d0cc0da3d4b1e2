#ifndef BOX_PASST_H
#define BOX_PASST_H

#include "vmm.h"

/*
 * Starts passt, under libboxnet.so, as a child of this process, which becomes the supervisor of the processes: the end of passt
 * ends the VMM. The guest's network is the stream that is given back: frames, each after its length in 4 bytes; passt ends
 * with it. To be called while this process is in the host's namespaces. passt goes into namespaces of its own. PID, if not NULL,
 * gets its id.
 */
int start_passt(const struct machine *machine, pid_t *pid);

#endif
