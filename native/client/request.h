#ifndef BOX_CLIENT_REQUEST_H
#define BOX_CLIENT_REQUEST_H

#include "flags.h"
#include "wire.h"

/* A message that is being written; what does not fit, or is not UTF-8, makes it not `whole`. */
struct request {
    bool whole;
    size_t length;
    uint8_t bytes[WIRE_HEADER + WIRE_MOST];
};

/* The message that begins a conversation about a program (src/vm/protocol/control/wire.ts). False: it cannot be written so. */
bool write_exec(struct request *request, const struct exec *exec);

/* The message that hands on a signal. */
bool write_signal(struct request *request, int signal);

#endif
