#define _GNU_SOURCE
#include "presence.h"

#include "../common/cleanup.h"
#include "../common/own.h"
#include "descriptors.h"
#include "die.h"
#include "join.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* An OFD lock belongs to the open file: a process keeps it across execve(), and a child that closes it does not hold it. */
int take_lock(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) die_errno("cannot open the lock %s", path);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &whole) != 0) {
        if (errno != EAGAIN && errno != EACCES) die_errno("cannot lock %s", path);
        (void)close(fd);
        return -1;
    }
    return move_above(fd, false);
}

void refuse_locked(const char *path) {
    dprintf(STDERR_FILENO, "box-vmm: the lock %s is held by another process\n", path);
    _exit(EXIT_LOCKED);
}

/* The directory is checked through a descriptor, so that nobody can replace it in the meantime. */
int listen_at(const char *path) {
    struct sockaddr_un address;
    const char *name = NULL;
    cleanup_close int folder = open_folder_of(path, &name);
    if (!address_in(folder, name, &address)) die("the name of the socket is too long: %s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) die_errno("cannot make a socket");
    if (unlinkat(folder, name, 0) != 0 && errno != ENOENT) die_errno("cannot remove %s", path);
    mode_t before = umask(0177);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) die_errno("cannot bind %s", path);
    umask(before);
    if (listen(fd, 64) != 0) die_errno("cannot listen on %s", path);
    return move_above(fd, false);
}
