// Writes a tar as layers of images are: ustar, with pax headers for what does not fit into it (pax(1)).
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
    // The first error of a write; nothing is written after it.
    int error;
    size_t used;
    // Records of the pax header of the entry to come.
    char *records;
    size_t records_length;
    size_t records_room;
    uint8_t buffer[TAR_BUFFER];
};

struct tar_entry {
    const char *path;
    // Of a symbolic or hard link.
    const char *target;
    // TYPE of the header: '0' file, '1' hard link, '2' symbolic link, '3' and '4' devices, '5' folder, '6' FIFO.
    char type;
    // Content follows: tar_data() with so many bytes in all.
    uint64_t size;
    const struct stat *status;
};

void tar_open(struct tar *tar, int fd);
// An extended attribute of the entry to come.
void tar_attribute(struct tar *tar, const char *name, const void *value, size_t length);
void tar_entry(struct tar *tar, const struct tar_entry *entry);
void tar_data(struct tar *tar, const void *bytes, size_t length);
// Zeros.
void tar_zeros(struct tar *tar, uint64_t length);
// Fills the last block of an entry of so many bytes.
void tar_pad(struct tar *tar, uint64_t size);
// Writes what marks the end and everything that is still to be written. False with errno.
bool tar_end(struct tar *tar);

#endif
