#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "../common/exit-codes.h"
#include "../common/io.h"
#include "cgroup.h"
#include "job.h"
#include "namespaces.h"
#include "program.h"
#include "reaper.h"
#include "rootfs.h"
#include "security.h"
#include "targets.h"
#include "terminal.h"

enum { PIPE_BYTES = 256 << 10, OPEN_FILES = 1 << 20 };

// Both ends of every pipe: [0] is read from, [1] written to. Index 3 is `errors`. With a terminal, the agent's end is
// ends[1][0] and, if there is stdin, a duplicate of it is ends[0][1]; the program's end is ends[1][1], and stderr has
// no pipe.
struct pipes {
    int ends[4][2];
};

static bool has_terminal(const struct start *start) { return start->on_terminal && !job_is_meant(start); }

static void close_pipes(struct pipes *pipes) {
    for (int i = 0; i < 4; i++) {
        for (int end = 0; end < 2; end++) close_fd(&pipes->ends[i][end]);
    }
}

static bool open_pipe(struct pipes *pipes, int i, struct failure *failure) {
    int *ends = pipes->ends[i];
    if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[i == 0 ? 1 : 0], F_SETFL, O_NONBLOCK) < 0) {
        return fail(failure, "failed", "cannot create pipes: %s", strerror(errno));
    }
    // Reduces context switches between program and agent; failure is harmless.
    if (i < 3) (void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES);
    return true;
}

static bool open_pipes(struct pipes *pipes, const struct start *start, struct failure *failure) {
    bool with_input = (start->flags & FLAG_STDIN) != 0;
    memset(pipes, -1, sizeof *pipes);
    if (!open_pipe(pipes, 3, failure)) return false;
    if (!has_terminal(start)) {
        for (int i = with_input ? 0 : 1; i < 3; i++) {
            if (!open_pipe(pipes, i, failure)) return false;
        }
        return true;
    }
    int *ends = pipes->ends[1];
    if (!terminal_open(&start->terminal, &ends[0], &ends[1], failure)) return false;
    if (with_input) pipes->ends[0][1] = fcntl(ends[0], F_DUPFD_CLOEXEC, 0);
    if (with_input && pipes->ends[0][1] < 0) {
        return fail(failure, "failed", "cannot create a terminal: %s", strerror(errno));
    }
    return true;
}

// Sets only the owner: the terminal's group comes from the mount options of /dev/pts.
static bool connect_terminal(int terminal, const struct identity *identity, bool is_main, struct failure *failure) {
    for (int i = 0; i < 3; i++) {
        if (dup2(terminal, i) < 0) {
            return fail(failure, "failed", "cannot connect descriptor %d: %s", i, strerror(errno));
        }
    }
    if (fchown(0, identity->uid, (gid_t)-1) < 0) {
        return fail(failure, "failed", "cannot change the owner of the terminal: %s", strerror(errno));
    }
    return terminal_take(is_main, failure);
}

static bool connect_streams(const struct pipes *pipes, const struct identity *identity, struct failure *failure) {
    int input = pipes->ends[0][0];
    if (input < 0) input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int ends[3] = {input, pipes->ends[1][1], pipes->ends[2][1]};
    for (int i = 0; i < 3; i++) {
        if (ends[i] < 0 || dup2(ends[i], i) < 0) {
            return fail(failure, "failed", "cannot connect descriptor %d: %s", i, strerror(errno));
        }
        // Lets the user open /dev/stdout and similar files.
        if ((i > 0 || pipes->ends[0][0] >= 0) && fchown(i, identity->uid, identity->gid) < 0) {
            return fail(failure, "failed", "cannot change the owner of descriptor %d: %s", i, strerror(errno));
        }
    }
    return true;
}

// Creates the working directory even if the root is read-only, as Docker does.
static bool make_folder(const char *path) {
    struct failure reason;
    if (make_target(path, true, &reason)) return true;
    if (errno != EROFS || !rootfs_make_writable(&reason)) return false;
    bool made = make_target(path, true, &reason);
    int error = errno;
    if (!rootfs_make_read_only(&reason)) return false;
    errno = error;
    return made;
}

// Creates a missing directory only for the box's own program, as Docker does.
static bool enter_folder(const char *path, bool is_main, struct failure *failure) {
    if ((is_main && !make_folder(path)) || chdir(path) < 0) {
        return fail(failure, "cwd", "chdir to cwd (\"%s\") failed: %s", path, strerror(errno));
    }
    return true;
}

// The kernel's default limits on files and processes are too low; the latter depends on the VM's memory.
static bool set_limits(const struct limit *limits, struct failure *failure) {
    for (int resource = 0; resource < RESOURCES; resource++) {
        struct rlimit limit = {limits[resource].soft, limits[resource].hard};
        if (!limits[resource].set && resource == RLIMIT_NOFILE) {
            limit = (struct rlimit){OPEN_FILES, OPEN_FILES};
        } else if (!limits[resource].set && resource == RLIMIT_NPROC) {
            limit = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
        } else if (!limits[resource].set) {
            continue;
        }
        if (setrlimit(resource, &limit) < 0) {
            return fail(failure, "failed", "cannot set resource limit %d: %s", resource, strerror(errno));
        }
    }
    return true;
}

// Before the program's own /proc and privileges, with which it could not be lowered.
static bool set_oom_score_adj(int32_t value, struct failure *failure) {
    char text[16];
    (void)snprintf(text, sizeof text, "%d", value);
    if (value == 0 || write_text(AT_FDCWD, "/proc/self/oom_score_adj", text)) return true;
    return fail(failure, "failed", "cannot set oom_score_adj: %s", strerror(errno));
}

// Process 1 creates the box's namespaces; all other programs join them.
static bool enter_namespaces(const struct start *start, struct failure *failure) {
    if (!cgroup_join(failure)) return false;
    if (namespaces_exist()) return namespaces_join(failure);
    return !(start->flags & FLAG_MAIN) || namespaces_prepare(failure);
}

// Puts HOME into the free slot at the end of the environment.
static void add_home(const struct start *start, const struct identity *identity, char *variable, size_t size) {
    if (program_variable(start->env, "HOME")) return;
    (void)snprintf(variable, size, "HOME=%s", identity->home);
    char **end = start->env;
    while (*end) end++;
    *end = variable;
}

static bool prepare(const struct start *start, const struct pipes *pipes, struct failure *failure) {
    static struct identity identity;
    static char home[MAX_HOME + 8];

    if (setsid() < 0) return fail(failure, "failed", "cannot create a session: %s", strerror(errno));
    (void)umask(022);
    if (!set_oom_score_adj(start->oom_score_adj, failure)) return false;
    if (!enter_namespaces(start, failure) || !identify(start, &identity, failure)) return false;
    bool is_main = (start->flags & FLAG_MAIN) != 0;
    bool connected = has_terminal(start) ? connect_terminal(pipes->ends[1][1], &identity, is_main, failure)
                                         : connect_streams(pipes, &identity, failure);
    if (!connected || !enter_folder(start->cwd, is_main, failure) || !set_limits(start->limits, failure)) return false;
    add_home(start, &identity, home, sizeof home);
    return security_become(start, &identity, failure);
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
    if (prepare(start, pipes, &failure)) program_execute(start->argv, start->env, &failure);
    // Atomic, because it is smaller than PIPE_BUF. If it fails, the agent sees a program that exits with EXIT_DIED.
    ssize_t written = write(pipes->ends[3][1], &failure, sizeof failure);
    _exit(written == (ssize_t)sizeof failure ? 0 : EXIT_DIED);
}

__attribute__((noreturn)) static void run_job(const struct start *start, const struct pipes *pipes) {
    struct failure failure;
    static const struct identity root;
    reset_signals();
    int descriptor = job_prepare(start, &failure);
    if (descriptor >= 0 && connect_streams(pipes, &root, &failure)) {
        // Closes descriptors of other sessions, and `errors`, which reports that the job has started.
        if (dup2(descriptor, 3) == 3 && syscall(SYS_close_range, 4, ~0U, 0) == 0) job_run(start, 3);
        _exit(EXIT_DIED);
    }
    (void)!write(pipes->ends[3][1], &failure, sizeof failure);
    _exit(0);
}

static pid_t fork_job(const struct start *start, const struct pipes *pipes, struct failure *failure) {
    if (!job_provide(start, failure)) return -1;
    pid_t pid = fork();
    if (pid == 0) run_job(start, pipes);
    if (pid < 0) (void)fail(failure, "failed", "cannot start a process: %s", strerror(errno));
    return pid;
}

// Forks the program. A main program's first process creates the box's namespaces.
static pid_t fork_program(const struct start *start, const struct pipes *pipes, struct failure *failure) {
    bool is_main = (start->flags & FLAG_MAIN) != 0;
    bool visiting = is_main || namespaces_exist();
    if (visiting && !namespaces_visit(failure)) return -1;
    bool needs_reaper = is_main && !namespaces_exist() && !(start->flags & FLAG_FIRST);
    pid_t pid = -1;
    int errors = pipes->ends[has_terminal(start) ? 1 : 2][1];
    if (!needs_reaper || reaper_start(start, pipes->ends[1][1], errors, failure)) {
        pid = fork();
        if (pid == 0) run(start, pipes);
        if (pid < 0) (void)fail(failure, "failed", "cannot start a process: %s", strerror(errno));
    }
    if (visiting) namespaces_leave();
    return pid;
}

bool process_start(const struct start *start, struct process *process, struct failure *failure) {
    struct pipes pipes;
    process->pid = -1;
    if (open_pipes(&pipes, start, failure)) {
        process->pid = job_is_meant(start) ? fork_job(start, &pipes, failure) : fork_program(start, &pipes, failure);
    }
    if (process->pid < 0) {
        close_pipes(&pipes);
        return false;
    }
    process->input = pipes.ends[0][1];
    process->output[0] = pipes.ends[1][0];
    process->output[1] = pipes.ends[2][0];
    process->errors = pipes.ends[3][0];
    close_fd(&pipes.ends[0][0]);
    for (int i = 1; i < 4; i++) close_fd(&pipes.ends[i][1]);
    return true;
}
