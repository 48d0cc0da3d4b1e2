#ifndef BOX_CLIENT_OUTPUT_H
#define BOX_CLIENT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An output stream of this process that is written without blocking, if possible. */
struct output {
    int fd;
    bool opened, socket;
};

/* Writes as much as possible without blocking. Returns the number of bytes, 0 if it would block, and -1 if the reader has
 * gone or the write fails for good. */
long write_some(struct output *output, const uint8_t *bytes, size_t length);

#endif
