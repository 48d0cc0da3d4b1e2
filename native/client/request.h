#ifndef BOX_CLIENT_REQUEST_H
#define BOX_CLIENT_REQUEST_H

#include "flags.h"
#include "wire.h"

/* A message to the monitor (src/vm/protocol/control/wire.ts). The functions return false if it does not fit or is not
 * UTF-8. */
struct request {
    size_t length;
    uint8_t bytes[WIRE_HEADER + WIRE_MOST];
};

/* Builds the request that starts a program. */
bool write_exec(struct request *request, const struct exec *exec);

/* Builds the request that attaches to the box's own program. */
bool write_attach(struct request *request, bool interactive);

/* Builds the request that sends a signal to the program. */
bool write_signal(struct request *request, int signal);

/* Builds the request that kills the box. */
bool write_kill(struct request *request);

#endif
