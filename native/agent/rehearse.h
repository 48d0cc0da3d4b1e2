// A rehearsal of a box's start, while the VM has no box: a VM is slowest when it does something for the first time,
// above all under emulation.
#ifndef REHEARSE_H
#define REHEARSE_H

#include <stddef.h>
#include <stdint.h>

#include "failure.h"

// Runs a copy of the agent, like fork(), in PID, mount and UTS namespaces that end with it. Returns the copy's end of a
// stream with these frames in the copy, and -1 in the agent once the copy has ended. If the rehearsal fails, only the
// console says so.
int rehearse(const uint8_t *frames, size_t length);
// Called in the copy: makes an empty boot disk in memory its root, and keeps its writes in memory.
bool rehearse_on_new_disk(struct failure *failure);

#endif
