// Files that the kernel generates while they are read, as in /proc: their size says nothing about their contents.
#ifndef GENERATED_H
#define GENERATED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool is_generated(int fd);
// Reads such a file. The caller frees the result, which is not NULL even if the file is empty. Returns NULL with errno set
// on failure, to EFBIG if there is no end to it.
uint8_t *read_generated(int fd, size_t *length);

#endif
