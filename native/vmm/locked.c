#define _GNU_SOURCE
#include "verbs.h"

#include "die.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static bool is_held(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return false;
        die_errno("cannot open %s", path);
    }
    struct flock asked = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_GETLK, &asked) != 0) die_errno("cannot ask for the lock of %s", path);
    close(fd);
    return asked.l_type != F_UNLCK;
}

int print_locked(char **files) {
    for (; *files != NULL; files++) {
        if (is_held(*files)) puts(*files);
    }
    if (fflush(stdout) != 0) die_errno("cannot write");
    return 0;
}
