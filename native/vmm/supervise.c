#define _GNU_SOURCE
#include "supervise.h"

#include "../common/io.h"
#include "die.h"
#include "privileges.h"
#include "seccomp.h"
#include "user.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 3 };

static struct member {
    pid_t pid;
    const char *name;
    bool ended;
    int status;
} members[MOST];
static size_t count;
/* Only this process holds the write end of this pipe, so it closes when this process ends. */
static int life[2] = {-1, -1};

void die_with(pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) die_errno("cannot tie this process to its parent");
    if (getppid() != parent) _exit(EXIT_HELPER);
}

void die_with_supervisor(void) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) die_errno("cannot tie this process to its parent");
    struct pollfd end = {.fd = life[0]};
    if (poll(&end, 1, 0) < 0) die_errno("cannot poll a pipe");
    if ((end.revents & POLLHUP) != 0) _exit(EXIT_HELPER);
}

/* If a VMM was killed or exits without a message, this is the only information about its end. */
static void tell(const char *name, int status) {
    const char *colon = name == NULL ? "" : ": ";
    if (name == NULL) name = "";
    if (WIFSIGNALED(status)) {
        dprintf(STDERR_FILENO, "box-vmm%s%s ended: signal %d (%s)\n", colon, name, WTERMSIG(status),
                strsignal(WTERMSIG(status)));
    } else if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != EXIT_HELPER) {
        dprintf(STDERR_FILENO, "box-vmm%s%s ended: code %d\n", colon, name, WEXITSTATUS(status));
    }
}

/* Like wait(2) for a child; it may also be the network process, which is not a member. */
static pid_t await_child(int *status) {
    pid_t pid = wait_for(-1, status);
    for (size_t i = 0; i < count; i++) {
        if (members[i].pid != pid) continue;
        members[i].ended = true;
        members[i].status = *status;
    }
    return pid;
}

static bool all_ended(void) {
    for (size_t i = 0; i < count; i++) {
        if (!members[i].ended) return false;
    }
    return true;
}

/*
 * The first process of a PID namespace does not end before this process has waited for the others, which end because of
 * it. So this waits in the order in which they end, not in that of their start.
 */
static void end_all(void) {
    int status = 0;
    for (size_t i = 0; i < count; i++) {
        if (!members[i].ended) kill(members[i].pid, SIGKILL);
    }
    while (!all_ended() && await_child(&status) >= 0) {}
}

/*
 * When the first process of a PID namespace has ended, no more can be created in it. The reason is then whatever ended the
 * first one, which has reported it.
 */
static _Noreturn void cannot_fork(int reason) {
    end_all();
    for (size_t i = 0; i < count; i++) {
        int status = members[i].status;
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) continue;
        tell(members[i].name, status);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_HELPER);
    }
    errno = reason;
    die_errno("cannot fork");
}

pid_t fork_supervised(const char *name) {
    if (life[0] < 0 && pipe2(life, O_CLOEXEC) != 0) die_errno("cannot make a pipe");
    if (count == MOST) die("too many processes");
    pid_t child = fork();
    if (child < 0) cannot_fork(errno);
    if (child > 0) {
        members[count++] = (struct member){.pid = child, .name = name, .ended = false, .status = 0};
        return child;
    }
    close(life[1]);
    die_with_supervisor();
    return 0;
}

void become_watcher(uid_t user) {
    const struct user watching = {.id = user};
    become_user(&watching);
    /* A file server stays root, and a VMM is still root when the network process cannot start. */
    drop_privileges(user != 0 ? CAPABILITY(CAP_KILL) : 0);
}

/* Without a user namespace, it could signal any process; the filter allows only those it supervises. */
static void restrict_watcher(uid_t user, pid_t parent) {
    become_watcher(user);
    if (user != 0) die_with(parent);
    pid_t victims[MOST];
    for (size_t i = 0; i < count; i++) victims[i] = members[i].pid;
    filter_calls(ROLE_WATCHER, victims, count);
}

void supervise(uid_t user, pid_t parent) {
    /* Otherwise this process would keep the streams of the others open after they end. */
    if (close_range(3, (unsigned)life[1] - 1, 0) != 0 || close_range((unsigned)life[1] + 1, ~0U, 0) != 0) {
        die_errno("cannot close descriptors");
    }
    restrict_watcher(user, parent);
    int status = 0;
    pid_t first = await_child(&status);
    if (first < 0) die_errno("cannot wait for the virtual machine");
    end_all();
    const char *name = NULL;
    for (size_t i = 0; i < count; i++) {
        if (members[i].pid == first) name = members[i].name;
    }
    for (size_t i = 0; i < count; i++) {
        if (members[i].pid == first) continue;
        int other = members[i].status;
        /*
         * The end of a PID namespace's first process kills the others before this process sees any of them end, and QEMU
         * may crash in between when it loses its file server.
         */
        bool killed = WIFSIGNALED(other) && WTERMSIG(other) == SIGKILL;
        bool crashed = WIFSIGNALED(other) && !killed;
        if (!crashed && (killed || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)) continue;
        status = other;
        name = members[i].name;
    }
    tell(name, status);
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        kill(getpid(), WTERMSIG(status));
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_HELPER);
}
