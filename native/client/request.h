#ifndef BOX_CLIENT_REQUEST_H
#define BOX_CLIENT_REQUEST_H

#include "flags.h"
#include "wire.h"

/* A message being built; `whole` becomes false if something does not fit or is not UTF-8. */
struct request {
    bool whole;
    size_t length;
    uint8_t bytes[WIRE_HEADER + WIRE_MOST];
};

/* Builds the request that starts a program (src/vm/protocol/control/wire.ts). Returns false if it is not `whole`. */
bool write_exec(struct request *request, const struct exec *exec);

/* Builds the request that sends a signal to the program. */
bool write_signal(struct request *request, int signal);

#endif
