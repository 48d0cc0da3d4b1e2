#ifndef BOX_PASST_H
#define BOX_PASST_H

#include "vmm.h"

/*
 * Starts passt, with libboxnet.so preloaded, as a child of this process, which becomes the supervisor: when passt ends, the
 * VMM ends too. Returns a stream with the guest's frames, each preceded by its length in 4 bytes; passt ends when it is
 * closed. To be called while this process is in the host's namespaces; passt enters namespaces of its own. PID, if not
 * NULL, receives its process ID.
 */
int start_passt(const struct machine *machine, pid_t *pid);

#endif
