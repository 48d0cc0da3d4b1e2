#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program.h"
#include "security.h"
#include "targets.h"

enum { PIPE_BYTES = 256 << 10, OPEN_FILES = 1 << 20 };

// Both ends of every pipe: [0] is read from, [1] written to. Index 3 is `errors`.
struct pipes {
    int ends[4][2];
};

static void close_pipes(struct pipes *pipes) {
    for (int i = 0; i < 4; i++) {
        for (int end = 0; end < 2; end++) {
            if (pipes->ends[i][end] >= 0) (void)close(pipes->ends[i][end]);
        }
    }
}

static int open_pipes(struct pipes *pipes, bool with_input) {
    memset(pipes, -1, sizeof *pipes);
    for (int i = with_input ? 0 : 1; i < 4; i++) {
        int *ends = pipes->ends[i];
        if (pipe2(ends, O_CLOEXEC) < 0) return -1;
        // Fewer switches between program and agent; a refusal does no harm.
        if (i < 3) (void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES);
        if (fcntl(ends[i == 0 ? 1 : 0], F_SETFL, O_NONBLOCK) < 0) return -1;
    }
    return 0;
}

static int connect_streams(const struct pipes *pipes, const struct identity *identity, struct failure *failure) {
    int input = pipes->ends[0][0];
    if (input < 0) input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int ends[3] = {input, pipes->ends[1][1], pipes->ends[2][1]};
    for (int i = 0; i < 3; i++) {
        if (ends[i] < 0 || dup2(ends[i], i) < 0) {
            return fail(failure, "failed", "cannot connect descriptor %d: %s", i, strerror(errno));
        }
        // So that the user may open /dev/stdout and its like again.
        if ((i > 0 || pipes->ends[0][0] >= 0) && fchown(i, identity->uid, identity->gid) < 0) {
            return fail(failure, "failed", "cannot give descriptor %d away: %s", i, strerror(errno));
        }
    }
    return 0;
}

static int enter_folder(const char *path, struct failure *failure) {
    struct failure reason;
    if (make_target(path, true, &reason) < 0 || chdir(path) < 0) {
        return fail(failure, "cwd", "cannot use the working folder %s: %s", path, strerror(errno));
    }
    return 0;
}

static int become_user(const struct start *start, struct identity *identity, struct failure *failure) {
    return resolve_user(start->user, read_whole_file("/etc/passwd"), read_whole_file("/etc/group"), identity, failure);
}

// HOME goes to the free place at the end of the environment.
static void add_home(const struct start *start, const struct identity *identity, char *variable, size_t size) {
    if (program_variable(start->env, "HOME")) return;
    (void)snprintf(variable, size, "HOME=%s", identity->home);
    char **end = start->env;
    while (*end) end++;
    *end = variable;
}

static int prepare(const struct start *start, const struct pipes *pipes, struct failure *failure) {
    static struct identity identity;
    static char home[MAX_HOME + 8];
    const struct rlimit files = {OPEN_FILES, OPEN_FILES};
    const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};

    if (setsid() < 0) return fail(failure, "failed", "cannot make a session: %s", strerror(errno));
    // The kernel's own limit on processes depends on the VM's memory and is far too low.
    if (setrlimit(RLIMIT_NOFILE, &files) < 0 || setrlimit(RLIMIT_NPROC, &unlimited) < 0) {
        return fail(failure, "failed", "cannot set limits: %s", strerror(errno));
    }
    (void)umask(022);
    if (become_user(start, &identity, failure) < 0 || connect_streams(pipes, &identity, failure) < 0 ||
        enter_folder(start->cwd, failure) < 0 || security_become(&identity, failure) < 0) {
        return -1;
    }
    add_home(start, &identity, home, sizeof home);
    return 0;
}

static void reset_signals(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < NSIG; signal++) (void)sigaction(signal, &action, NULL);
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

__attribute__((noreturn)) static void run(const struct start *start, const struct pipes *pipes) {
    struct failure failure;
    reset_signals();
    if (prepare(start, pipes, &failure) == 0) program_execute(start->argv, start->env, &failure);
    // Less than PIPE_BUF: all of it, or the agent sees a program that was never executed end with 125.
    ssize_t written = write(pipes->ends[3][1], &failure, sizeof failure);
    _exit(written == (ssize_t)sizeof failure ? 0 : 125);
}

int process_start(const struct start *start, struct process *process, struct failure *failure) {
    struct pipes pipes;
    if (open_pipes(&pipes, (start->flags & FLAG_STDIN) != 0) < 0) {
        int error = errno;
        close_pipes(&pipes);
        return fail(failure, "failed", "cannot make pipes: %s", strerror(error));
    }
    process->pid = fork();
    if (process->pid == 0) run(start, &pipes);
    if (process->pid < 0) {
        int error = errno;
        close_pipes(&pipes);
        return fail(failure, "failed", "cannot start a process: %s", strerror(error));
    }
    process->input = pipes.ends[0][1];
    process->output[0] = pipes.ends[1][0];
    process->output[1] = pipes.ends[2][0];
    process->errors = pipes.ends[3][0];
    if (pipes.ends[0][0] >= 0) (void)close(pipes.ends[0][0]);
    for (int i = 1; i < 4; i++) (void)close(pipes.ends[i][1]);
    return 0;
}
