// Reads tars of other writers: ustar, pax (pax(1)), and GNU's long names and large numbers. Input comes from a
// function, so that fuzzers can use it directly.
#ifndef UNTAR_H
#define UNTAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "failure.h"
#include "tar_header.h"

enum {
    // Longest path or link target, without the terminator.
    UNTAR_PATH = 4095,
    // Largest pax header.
    UNTAR_RECORDS = 1 << 20,
};

struct untar {
    // Like read(2).
    ssize_t (*read)(void *from, void *bytes, size_t length);
    void *from;
    // Remaining bytes of the entry: content, and padding of its last block.
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
    // Target of a symbolic or hard link.
    const char *target;
    // '0' file, '1' hard link, '2' symbolic link, '3' and '4' devices, '5' directory, '6' FIFO.
    char type;
    uint16_t mode;
    uint32_t uid;
    uint32_t gid;
    uint32_t major;
    uint32_t minor;
    int64_t mtime;
    uint64_t size;
};

// Reads the next entry, skipping the rest of the previous one. Returns 1, 0 at the end, or -1 with a failure.
int untar_next(struct untar *untar, struct untar_entry *entry, struct failure *failure);
// Reads content of the entry. Returns the number of bytes, 0 at its end, or -1 with a failure.
ssize_t untar_data(struct untar *untar, void *bytes, size_t length, struct failure *failure);

struct untar_attribute {
    const char *name;
    const void *value;
    size_t length;
};

// Reads the next extended attribute of the entry; *AT is 0 for the first. Returns whether there was one.
bool untar_attribute(struct untar *untar, size_t *at, struct untar_attribute *attribute);

#endif
