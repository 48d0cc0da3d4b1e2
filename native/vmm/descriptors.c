#define _GNU_SOURCE
#include "descriptors.h"

#include "die.h"

#include <fcntl.h>
#include <unistd.h>

enum { ABOVE = 16 };

int above(int fd, bool inherited) {
    int moved = fcntl(fd, inherited ? F_DUPFD : F_DUPFD_CLOEXEC, ABOVE);
    if (moved < 0) die_errno("cannot move a descriptor");
    close(fd);
    return moved;
}
