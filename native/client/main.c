/* The program `box`. It handles `box exec` without a terminal itself, because starting Node alone takes longer than the
 * whole operation. For everything else (other commands, help, invalid arguments, a box that is not easily found), it
 * executes Node. It decides this before it prints or sends anything. */
#include "attach.h"
#include "find.h"
#include "flags.h"
#include "node.h"
#include "request.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* Like Node, opens the standard streams that are closed, so that a file opened later does not become one. */
static bool open_streams(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) return false;
    return true;
}

/* The signals that are forwarded to the program, as in src/cli/terminal/signals.ts. */
static sigset_t forwarded(void) {
    static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof SIGNALS / sizeof SIGNALS[0]; i++) (void)sigaddset(&set, SIGNALS[i]);
    return set;
}

/* Returns the exit code, or -1 if Node has to handle the command and nothing has happened yet. */
static int exec_natively(char **words) {
    static struct request request;
    struct exec exec;
    if (!read_exec(words, &exec) || !write_exec(&request, &exec) || !open_streams()) return -1;

    sigset_t before, signals = forwarded();
    if (!exec.detach) (void)sigprocmask(SIG_BLOCK, &signals, &before);
    int arrivals = exec.detach ? -1 : signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    int monitor = exec.detach || arrivals >= 0 ? connect_to_monitor(exec.box) : -1;
    if (monitor < 0) {
        if (!exec.detach) (void)sigprocmask(SIG_SETMASK, &before, NULL);
        return -1;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    if (exec.detach) return await_start(monitor, &request);
    return attach(monitor, arrivals, &request, exec.interactive);
}

/* Called as `docker`, box leaves all words after the image to the program (src/cli/words/prepare.ts). */
static void note_own_name(const char *path) {
    const char *slash = strrchr(path, '/');
    if (strcmp(slash == NULL ? path : slash + 1, "docker") == 0) (void)setenv("BOX_DOCKER", "1", 0);
}

/* src/cli/words/endpoint.ts decides whether box can work as they say. */
static bool names_endpoint(void) { return getenv("DOCKER_HOST") != NULL || getenv("DOCKER_CONTEXT") != NULL; }

int main(int argc, char **argv) {
    if (argc > 0) note_own_name(argv[0]);
    if (argc > 1 && strcmp(argv[1], "exec") == 0 && !names_endpoint()) {
        int code = exec_natively(argv + 2);
        if (code >= 0) return code;
    }
    become_node(argc, argv);
}
