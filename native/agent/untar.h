// Reads a tar as others write it: ustar, pax (pax(1)) and GNU's long names and large numbers. What it reads comes from a
// function, so that it is fuzzed as it is.
#ifndef UNTAR_H
#define UNTAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "failure.h"
#include "tar_header.h"

enum {
    // Of a path or a link's target, without the terminator.
    UNTAR_PATH = 4095,
    // Of a pax header.
    UNTAR_RECORDS = 1 << 20,
};

struct untar {
    // As read(2).
    ssize_t (*read)(void *from, void *bytes, size_t length);
    void *from;
    // What is still to come of the entry: content, and what fills its last block.
    uint64_t content;
    size_t padding;
    char path[UNTAR_PATH + 1];
    char target[UNTAR_PATH + 1];
    // The entry's pax header.
    size_t records_length;
    char records[UNTAR_RECORDS];
};

struct untar_entry {
    const char *path;
    // Of a symbolic or hard link.
    const char *target;
    // '0' file, '1' hard link, '2' symbolic link, '3' and '4' devices, '5' folder, '6' FIFO.
    char type;
    uint16_t mode;
    uint32_t uid;
    uint32_t gid;
    uint32_t major;
    uint32_t minor;
    int64_t mtime;
    uint64_t size;
};

// The next entry; what is left of the one before is skipped. Returns 1, 0 at the end, -1 with a failure.
int untar_next(struct untar *untar, struct untar_entry *entry, struct failure *failure);
// Content of the entry. Returns how many bytes, 0 at its end, -1 with a failure.
ssize_t untar_data(struct untar *untar, void *bytes, size_t length, struct failure *failure);

struct untar_attribute {
    const char *name;
    const void *value;
    size_t length;
};

// An extended attribute of the entry; *AT is 0 for the first. Returns whether there is one more.
bool untar_attribute(struct untar *untar, size_t *at, struct untar_attribute *attribute);

#endif
