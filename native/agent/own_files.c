#include "own_files.h"

#include <stddef.h>

enum { MAX_OWN_FILES = 4 };

static ino_t own[MAX_OWN_FILES];
static size_t own_count;

void add_own_file(int fd) {
    struct stat status;
    // Never closed, so that the inode number cannot be reused.
    if (fd >= 0 && own_count < MAX_OWN_FILES && fstat(fd, &status) == 0) own[own_count++] = status.st_ino;
}

bool is_own_file(const struct stat *status) {
    // Once the box has unmounted and written to it, the file counts as the box's change.
    if (!S_ISREG(status->st_mode) || status->st_size > 0) return false;
    for (size_t i = 0; i < own_count; i++) {
        if (own[i] == status->st_ino) return true;
    }
    return false;
}
