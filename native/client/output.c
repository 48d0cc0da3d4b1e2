#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reopens a pipe or terminal, because O_NONBLOCK would affect everyone who shares the stream, such as the shell. */
static void open_output(struct output *output) {
    struct stat status;
    output->opened = true;
    if (fstat(output->fd, &status) != 0) return;
    output->socket = S_ISSOCK(status.st_mode);
    if (!S_ISFIFO(status.st_mode) && !isatty(output->fd)) return;
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", output->fd);
    int own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own >= 0) output->fd = own;
}

long write_some(struct output *output, const uint8_t *bytes, size_t length) {
    if (!output->opened) open_output(output);
    ssize_t written = output->socket ? send(output->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL)
                                     : write(output->fd, bytes, length);
    if (written >= 0) return written;
    return errno == EAGAIN || errno == EINTR ? 0 : -1;
}
