// Takes the place of `docker` on the PATH of a case's script: runs the command under test and, if $DIFF_LOG is not empty,
// records its arguments, exit code, stdout and stderr as files there, numbered in the order in which commands start. Called
// as `note`, it does the same for any other command. Static, because a case has many commands and each of them should cost
// nothing.
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "../../native/common/io.h"

enum { FAILED = 125, NOT_FOUND = 127, SIGNALLED = 128, MOST_COMMANDS = 9999 };

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)fputs("recorder: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fprintf(stderr, ": %s\n", strerror(errno));
    va_end(arguments);
    _exit(FAILED);
}

static pid_t child;

static void forward(int number) { (void)kill(child, number); }

static int create(const char *folder, int number, const char *kind) {
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%04d.%s", folder, number, kind);
    if (length < 0 || (size_t)length >= sizeof path) die("%s: path too long", folder);
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
}

static int must_create(const char *folder, int number, const char *kind) {
    int fd = create(folder, number, kind);
    if (fd < 0) die("%s/%04d.%s", folder, number, kind);
    return fd;
}

// The first process to create the file owns the number.
static int claim_number(const char *folder, char *const *arguments) {
    for (int number = 1; number <= MOST_COMMANDS; number++) {
        int fd = create(folder, number, "arguments");
        if (fd < 0 && errno == EEXIST) continue;
        if (fd < 0) die("%s/%04d.arguments", folder, number);
        for (; *arguments != NULL; arguments++)
            if (!write_all(fd, *arguments, strlen(*arguments) + 1)) die("%s/%04d.arguments", folder, number);
        (void)close(fd);
        return number;
    }
    errno = EOVERFLOW;
    die("%s", folder);
}

// One of the command's output streams, which is copied to the log and to the original destination.
struct stream {
    int from;
    int log;
    int to;
};

static void end_stream(struct stream *stream) {
    (void)close(stream->from);
    stream->from = -1;
}

// Returns whether more data may be available immediately.
static bool pass_on(struct stream *stream) {
    char buffer[65536];
    ssize_t size = read_some(stream->from, buffer, sizeof buffer);
    if (size < 0) return false;
    if (size == 0) {
        end_stream(stream);
        return false;
    }
    if (!write_all(stream->log, buffer, (size_t)size)) die("log");
    // The reader has gone: the command has to notice it as usual.
    if (!write_all(stream->to, buffer, (size_t)size)) end_stream(stream);
    return stream->from >= 0;
}

static struct stream open_stream(int ends[2], const char *folder, int number, const char *kind, int to) {
    if (pipe2(ends, O_CLOEXEC) < 0) die("pipe");
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) die("fcntl");
    return (struct stream){.from = ends[0], .log = must_create(folder, number, kind), .to = to};
}

static void start(const char *program, char **arguments, const int out[2], const int err[2]) {
    child = fork();
    if (child < 0) die("fork");
    if (child > 0) return;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) die("prctl");
    if (dup2(out[1], STDOUT_FILENO) < 0 || dup2(err[1], STDERR_FILENO) < 0) die("dup2");
    (void)execvp(program, arguments);
    (void)fprintf(stderr, "%s: %s\n", program, strerror(errno));
    _exit(NOT_FOUND);
}

static void forward_signals(void) {
    static const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction before;
        if (sigaction(numbers[i], NULL, &before) < 0) die("sigaction");
        // A shell's background commands ignore SIGINT.
        if (before.sa_handler == SIG_IGN) continue;
        struct sigaction action = {.sa_handler = forward};
        if (sigaction(numbers[i], &action, NULL) < 0) die("sigaction");
    }
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) die("signal");
}

// Copies until the command has exited. Returns whether processes that it started still hold its streams open.
static bool relay(struct stream *out, struct stream *err, int ended) {
    for (;;) {
        struct pollfd waited[] = {
            {.fd = out->from, .events = POLLIN}, {.fd = err->from, .events = POLLIN}, {.fd = ended, .events = POLLIN}};
        if (poll(waited, 3, -1) < 0) {
            if (errno == EINTR) continue;
            die("poll");
        }
        bool last = waited[2].revents != 0;
        if (out->from >= 0 && (last || waited[0].revents != 0))
            while (pass_on(out)) continue;
        if (err->from >= 0 && (last || waited[1].revents != 0))
            while (pass_on(err)) continue;
        if (last) return out->from >= 0 || err->from >= 0;
    }
}

int main(int argc, char **argv) {
    const char *folder = getenv("DIFF_LOG");
    const char *name = strrchr(argv[0], '/');
    name = name == NULL ? argv[0] : name + 1;
    bool note = strcmp(name, "note") == 0;
    const char *program = note ? argv[1] : getenv("DIFF_PROGRAM");
    if (program == NULL) {
        (void)fputs("recorder: no command\n", stderr);
        return FAILED;
    }
    char **arguments = note ? argv + 1 : argv;
    if (!note) argv[0] = "docker";
    if (folder == NULL || *folder == '\0') {
        (void)execvp(program, arguments);
        die("%s", program);
    }
    (void)argc;
    int number = claim_number(folder, arguments);
    // The order of its lines is not compared.
    if (getenv("DIFF_SORTED") != NULL) (void)close(must_create(folder, number, "sorted"));
    int out_ends[2];
    int err_ends[2];
    struct stream out = open_stream(out_ends, folder, number, "stdout", STDOUT_FILENO);
    struct stream err = open_stream(err_ends, folder, number, "stderr", STDERR_FILENO);
    start(program, arguments, out_ends, err_ends);
    forward_signals();
    (void)close(out_ends[1]);
    (void)close(err_ends[1]);
    int ended = (int)syscall(SYS_pidfd_open, child, 0);
    if (ended < 0) die("pidfd_open");
    bool held = relay(&out, &err, ended);
    int status = 0;
    if (wait_for(child, &status) < 0) die("waitpid");
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALLED + WTERMSIG(status);
    char line[64];
    int length = snprintf(line, sizeof line, "%d%s\n", code, held ? " held" : "");
    if (length < 0 || !write_all(must_create(folder, number, "code"), line, (size_t)length)) die("log");
    return code;
}
