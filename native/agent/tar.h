// Writes tars in the format of image layers: ustar, with pax headers for values that do not fit (pax(1)).
#ifndef TAR_H
#define TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "tar_header.h"

enum { TAR_BUFFER = 64 << 10 };

struct tar {
    int fd;
    // errno of the first failed write, after which nothing more is written.
    int error;
    size_t used;
    // Records for the next entry's pax header.
    char *records;
    size_t records_length;
    size_t records_capacity;
    uint8_t buffer[TAR_BUFFER];
};

struct tar_entry {
    const char *path;
    // Target of a symbolic or hard link.
    const char *target;
    // As in the header: '0' file, '1' hard link, '2' symbolic link, '3' and '4' devices, '5' directory, '6' FIFO.
    char type;
    // Length of the content, which follows with tar_data().
    uint64_t size;
    const struct stat *status;
};

void tar_open(struct tar *tar, int fd);
// Adds an extended attribute to the next entry.
void tar_attribute(struct tar *tar, const char *name, const void *value, size_t length);
void tar_entry(struct tar *tar, const struct tar_entry *entry);
void tar_data(struct tar *tar, const void *bytes, size_t length);
void tar_zeros(struct tar *tar, uint64_t length);
// Pads content of SIZE bytes to a whole block.
void tar_pad(struct tar *tar, uint64_t size);
// Writes the end marker and flushes the buffer. Returns false with errno set if any write failed.
bool tar_end(struct tar *tar);

#endif
