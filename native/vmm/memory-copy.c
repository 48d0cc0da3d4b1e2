#define _GNU_SOURCE
#include "memory-copy.h"

#include "descriptors.h"
#include "die.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static bool copy_range(int file, int copy, off_t from, off_t to) {
    if (lseek(copy, from, SEEK_SET) < 0) return false;
    while (from < to) {
        ssize_t sent = sendfile(copy, file, &from, (size_t)(to - from));
        if (sent < 0 && errno == EINTR) continue;
        if (sent == 0) errno = EIO; /* the file has become shorter */
        if (sent <= 0) return false;
    }
    return true;
}

static bool copy_data(int file, int copy) {
    off_t end = 0;
    for (;;) {
        off_t from = lseek(file, end, SEEK_DATA);
        if (from < 0) return errno == ENXIO; /* there is no more */
        end = lseek(file, from, SEEK_HOLE);
        if (end < 0 || !copy_range(file, copy, from, end)) return false;
    }
}

int copy_to_memory(int file) {
    struct stat status;
    int copy = memfd_create("memory", MFD_CLOEXEC);
    if (copy < 0 || fstat(file, &status) != 0 || ftruncate(copy, status.st_size) != 0 || !copy_data(file, copy) ||
        lseek(copy, 0, SEEK_SET) < 0) {
        die_errno("the template's memory cannot be copied");
    }
    return move_above(copy, false);
}
