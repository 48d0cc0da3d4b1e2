#ifndef BOX_CLIENT_OUTPUT_H
#define BOX_CLIENT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A stream of this process's that is written without ever waiting for its reader, where that can be. */
struct output {
    int fd;
    bool opened, socket;
};

/* Writes what fits. Gives -1 when there is no reader any more, or no room for ever. */
long write_some(struct output *output, const uint8_t *bytes, size_t length);

#endif
