#include "reaper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/io.h"
#include "cgroup.h"
#include "namespaces.h"
#include "security.h"
#include "users.h"

// The main program is forked next, so it has this PID.
enum { MAIN_PROGRAM = 2 };

static bool prepare(int output, int errors, struct failure *failure) {
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    // If the OOM killer killed it, the kernel would kill the whole box.
    if (!write_text(AT_FDCWD, "/proc/self/oom_score_adj", "-1000")) {
        return fail(failure, "failed", "oom_score_adj: %s", strerror(errno));
    }
    if (!cgroup_join(failure) || !namespaces_prepare(failure)) return false;
    if (input < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0 || setsid() < 0) {
        return fail(failure, "failed", "cannot prepare process 1: %s", strerror(errno));
    }
    (void)prctl(PR_SET_NAME, "init");
    return true;
}

// Reaps orphans and forwards signals.
__attribute__((noreturn)) static void reap(const sigset_t *all) {
    for (;;) {
        int signal = sigwaitinfo(all, NULL);
        while (waitpid(-1, NULL, WNOHANG) > 0) continue;
        if (signal > 0 && signal != SIGCHLD) (void)kill(MAIN_PROGRAM, signal);
    }
}

__attribute__((noreturn)) static void run(const struct start *start, int output, int errors, int ready) {
    static struct identity identity;
    struct failure failure = {"failed", "cannot prepare process 1"};
    sigset_t all;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    // Only the streams and `ready` stay open. Closing `ready` without writing reports success.
    if (prepare(output, errors, &failure) && identify(start, &identity, &failure) && dup2(ready, 3) == 3 &&
        syscall(SYS_close_range, 4, ~0U, 0) == 0 && security_confine(&identity, &failure)) {
        (void)close(3);
        reap(&all);
    }
    ssize_t written = write(ready, &failure, sizeof failure);
    _exit(written == (ssize_t)sizeof failure ? 1 : 2);
}

bool reaper_start(const struct start *start, int output, int errors, struct failure *failure) {
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) < 0) return fail(failure, "failed", "cannot create a pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) run(start, output, errors, ready[1]);
    int error = errno;
    (void)close(ready[1]);
    ssize_t got = pid > 0 ? read_some(ready[0], failure, sizeof *failure) : -1;
    (void)close(ready[0]);
    if (got == 0) return namespaces_adopt(pid, failure);
    if (got == (ssize_t)sizeof *failure) return false;
    return fail(failure, "failed", "cannot start process 1: %s", strerror(error));
}
