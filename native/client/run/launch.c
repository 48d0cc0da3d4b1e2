#include "launch.h"
#include "../../common/exit-codes.h"
#include "../../common/io.h"
#include "../environment.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

/* The helper's descriptors, after the standard ones. */
enum { COMMAND = 3, WARNINGS = 4 };
/* The C library has no header with it (linux/close_range.h). */
enum { CLOSE_ON_EXEC = 1 << 2 };

/* Opens the monitor's log, in which the helper reports failures. */
static int open_log(const char *folder) {
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/monitor.log", folder);
    if (length < 0 || (size_t)length >= sizeof path) return -1;
    return open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The monitor outlives this command, so it does not get what was meant for the command's own Node. */
static bool set_environment(const char *home) {
    char **own = without_node_variables(environ);
    if (own == NULL) return false;
    environ = own;
    return setenv("BOX_HOME", home, 1) == 0;
}

static void restore_signals(void) {
    sigset_t none;
    (void)sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        if (number != SIGKILL && number != SIGSTOP) (void)signal(number, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Moves a descriptor out of the way of those that the helper gets. */
static bool lift(int *fd) {
    int lifted = fcntl(*fd, F_DUPFD_CLOEXEC, WARNINGS + 1);
    close_fd(fd);
    *fd = lifted;
    return lifted >= 0;
}

/* In the child; reports a failure as the helper would. */
static _Noreturn void become_helper(const struct launch *launch, int log, int command, int warnings) {
    restore_signals();
    (void)setsid();
    cleanup_close int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (chdir("/") != 0 || dup2(log, STDERR_FILENO) < 0) _exit(EXIT_DIED);
    bool ready = null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(log, STDOUT_FILENO) >= 0 &&
                 dup2(command, COMMAND) >= 0 && dup2(warnings, WARNINGS) >= 0 && set_environment(launch->home);
    (void)syscall(SYS_close_range, WARNINGS + 1, ~0U, CLOSE_ON_EXEC);
    if (ready) (void)execv(launch->words[0], launch->words);
    (void)dprintf(STDERR_FILENO, "cannot execute %s: %s\n", launch->words[0], strerror(errno));
    _exit(EXIT_DIED);
}

bool launch(const struct launch *launch, struct launched *launched) {
    int command[2] = {-1, -1}, warnings[2] = {-1, -1};
    cleanup_close int log = open_log(launch->folder);
    if (log < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, command) != 0) return false;
    cleanup_close int theirs = command[1], ours = command[0];
    if (pipe2(warnings, O_CLOEXEC) != 0) return false;
    cleanup_close int reading = warnings[0], writing = warnings[1];
    if (!lift(&log) || !lift(&theirs) || !lift(&writing)) return false;
    pid_t helper = fork();
    if (helper < 0) return false;
    if (helper == 0) become_helper(launch, log, theirs, writing);
    /* At once, so that the launch no longer depends on this process. The stream has room for all of it. */
    (void)send_all(ours, launch->request->bytes, launch->request->length);
    *launched = (struct launched){helper, take_fd(&ours), {take_fd(&reading), launch->home}};
    return true;
}
