#define _GNU_SOURCE
#include "descriptors.h"

#include "die.h"

#include <fcntl.h>
#include <unistd.h>

enum { ABOVE = 16 };

int move_above(int fd, bool inherited) {
    int moved = fcntl(fd, inherited ? F_DUPFD : F_DUPFD_CLOEXEC, ABOVE);
    if (moved < 0) die_errno("cannot move a descriptor");
    close(fd);
    return moved;
}

void put_at(int fd, int place) {
    if (dup2(fd, place) < 0) die_errno("cannot move a descriptor");
}

void close_vmm_streams(const struct machine *machine) {
    close(AGENT_STREAM);
    if (!machine->report) return;
    close(LOG_STREAM);
    close(WARNING_STREAM);
}
