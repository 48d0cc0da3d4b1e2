// The sidecar: programs of a second image beside the box's, on the same network. An agent of their own, with PID, mount, IPC
// and UTS namespaces, starts them and talks to the host; the first agent only passes its frames on, with
// FRAME_FOR_SIDECAR.
#ifndef SIDECAR_H
#define SIDECAR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "failure.h"
#include "port.h"

struct sidecar {
    // 0: there is none, or it has ended.
    pid_t pid;
    // Its end has not been reported to the host.
    bool is_open;
    struct port port;
};

// Starts the second agent, for an image that begins OFFSET bytes into the image disk. The box's TCP connections are
// redirected to this port, unless it is 0.
bool sidecar_start(struct sidecar *sidecar, uint64_t offset, uint16_t redirect_to, struct failure *failure);
// Whether there is space for any frame.
bool sidecar_has_space(const struct sidecar *sidecar);
// Passes a frame on to the sidecar, or ends it if that is the request. Ignores it if there is no sidecar.
void sidecar_send(struct sidecar *sidecar, const struct frame *frame);
// PID has exited.
void sidecar_reap(struct sidecar *sidecar, pid_t pid);
// Moves data in both directions, and reports the end. Returns whether there was progress.
bool sidecar_pump(struct sidecar *sidecar, struct port *host);

// The arguments of the second agent are a word and OFFSET; this is its end of the stream.
#define SIDECAR_WORD "sidecar"
enum { SIDECAR_STREAM = 3 };

#endif
