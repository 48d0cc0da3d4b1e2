/* The program `box`. It handles `box exec` without a terminal itself, because starting Node alone takes longer than the
 * whole operation, and a `box run` that Node has left a plan for. For everything else (other commands, help, invalid
 * arguments, a box that is not easily found), it executes Node. It decides this before it prints or sends anything. */
#include "exec.h"
#include "node.h"
#include "run/run.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Like Node, opens the standard streams that are closed, so that a file opened later does not become one. */
static bool open_streams(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) return false;
    return true;
}

/* Called as `docker`, box leaves all words after the image to the program (src/cli/words/prepare.ts). */
static void note_own_name(const char *path) {
    const char *slash = strrchr(path, '/');
    if (strcmp(slash == NULL ? path : slash + 1, "docker") == 0) (void)setenv("BOX_DOCKER", "1", 0);
}

/* src/cli/words/endpoint.ts decides whether box can work as they say. */
static bool names_endpoint(void) { return getenv("DOCKER_HOST") != NULL || getenv("DOCKER_CONTEXT") != NULL; }

/* Lets the owner of box's files use them whatever the caller's umask is. */
static void limit_umask(void) { (void)umask(umask(077) & 077); }

int main(int argc, char **argv) {
    limit_umask();
    if (argc > 0) note_own_name(argv[0]);
    /* Only this program tells Node what to write a plan for. */
    (void)unsetenv(PLAN_VARIABLE);
    bool exec = argc > 1 && strcmp(argv[1], "exec") == 0, run = argc > 1 && strcmp(argv[1], "run") == 0;
    if ((exec || run) && !names_endpoint() && open_streams()) {
        int code = exec ? exec_natively(argv + 2) : run_natively(argv + 2);
        if (code >= 0) return code;
    }
    become_node(argc, argv);
}
