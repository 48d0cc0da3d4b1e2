#include "rehearse.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "rootfs.h"

enum { LIMIT_SECONDS = 20 };

// Not fork() and unshare(), because the agent has to stay in its own PID namespace.
static pid_t fork_apart(void) {
    return (pid_t)syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | SIGCHLD, NULL, NULL, NULL, NULL);
}

// SIGCHLD is blocked.
static bool succeeds(pid_t copy) {
    sigset_t children;
    struct timespec limit = {.tv_sec = LIMIT_SECONDS};
    int status = 0;
    (void)sigemptyset(&children);
    (void)sigaddset(&children, SIGCHLD);
    bool late = sigtimedwait(&children, NULL, &limit) < 0 && errno == EAGAIN;
    // As process 1 of its PID namespace, it takes all others with it.
    if (late) (void)kill(copy, SIGKILL);
    while (waitpid(copy, &status, 0) < 0 && errno == EINTR) continue;
    // The signal of a copy that was late must not count as that of the next.
    const struct timespec none = {0};
    (void)sigtimedwait(&children, NULL, &none);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int rehearse(const uint8_t *frames, size_t length) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0) return -1;
    cleanup_close int host = ends[0];
    cleanup_close int guest = ends[1];
    // The socket's buffer is larger than a frame.
    bool is_sent = write(host, frames, length) == (ssize_t)length;
    pid_t copy = is_sent ? fork_apart() : -1;
    if (copy == 0) return take_fd(&guest);
    if (copy < 0 || !succeeds(copy)) (void)dprintf(STDERR_FILENO, "box-agent: the rehearsal failed\n");
    return -1;
}

bool rehearse_on_new_disk(struct failure *failure) {
    rootfs_protect_layer();
    return rootfs_replace_disk(failure);
}
