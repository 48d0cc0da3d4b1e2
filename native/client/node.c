#include "node.h"
#include "environment.h"
#include "report.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char SCRIPT[] = "/box.js";
/* Node in packages that include it, relative to the script's directory. */
static const char OWN_NODE[] = "/../node/bin/node";

static _Noreturn void give_up_errno(const char *what, const char *hint) {
    char message[256];
    (void)snprintf(message, sizeof message, "%s: %s", what, strerror(errno));
    give_up(message, hint);
}

/* As execvp(), but without relative and empty entries: a program in the working directory may be anybody's. */
static void run_from_path(char **words) {
    char program[PATH_MAX];
    const char *path = getenv("PATH");
    int reason = ENOENT;
    if (path == NULL || *path == '\0') path = "/usr/local/bin:/usr/bin:/bin";
    for (size_t length = 0; *path != '\0'; path += length + (path[length] == ':')) {
        length = strcspn(path, ":");
        if (*path != '/' || length >= PATH_MAX) continue;
        int written = snprintf(program, sizeof program, "%.*s/%s", (int)length, path, words[0]);
        if (written < 0 || (size_t)written >= sizeof program) continue;
        (void)execv(program, words);
        if (errno != ENOENT && errno != ENOTDIR) reason = errno;
    }
    errno = reason;
}

void become_node(int argc, char **argv) {
    char script[PATH_MAX + sizeof SCRIPT];
    ssize_t length = readlink("/proc/self/exe", script, PATH_MAX);
    if (length < 0 || length >= PATH_MAX) give_up_errno("/proc/self/exe", "box needs /proc");
    script[length] = '\0';
    char *slash = strrchr(script, '/');
    if (slash == NULL) give_up_errno(script, "box needs /proc");
    char node[PATH_MAX + sizeof OWN_NODE];
    memcpy(node, script, (size_t)(slash - script));
    memcpy(node + (slash - script), OWN_NODE, sizeof OWN_NODE);
    memcpy(slash, SCRIPT, sizeof SCRIPT);

    char **words = calloc((size_t)argc + 3, sizeof *words);
    char **environment = rename_node_variables(environ);
    if (words == NULL || environment == NULL) give_up_errno("cannot run node", "free some memory");
    words[0] = "node";
    /* Node looks for some of its options, such as --env-file, after the script too. */
    words[1] = "--";
    words[2] = script;
    for (int i = 1; i < argc; i++) words[i + 2] = argv[i];
    environ = environment;
    (void)execv(node, words);
    if (errno != ENOENT && errno != ENOTDIR) give_up_errno(node, "install box again");
    run_from_path(words);
    give_up_errno("cannot run node", "box needs Node 20.19 or later in your PATH");
}
