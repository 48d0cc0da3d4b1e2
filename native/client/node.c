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

static _Noreturn void refuse(const char *what, const char *hint) {
    char message[256];
    (void)snprintf(message, sizeof message, "%s: %s", what, strerror(errno));
    report_error(text_of(message), text_of(hint));
    exit(EXIT_BOX);
}

void become_node(int argc, char **argv) {
    char script[PATH_MAX + sizeof SCRIPT];
    ssize_t length = readlink("/proc/self/exe", script, PATH_MAX);
    if (length < 0 || length >= PATH_MAX) refuse("/proc/self/exe", "box needs /proc");
    script[length] = '\0';
    char *slash = strrchr(script, '/');
    if (slash == NULL) refuse(script, "box needs /proc");
    memcpy(slash, SCRIPT, sizeof SCRIPT);

    char **words = calloc((size_t)argc + 3, sizeof *words);
    char **environment = withhold(environ);
    if (words == NULL || environment == NULL) refuse("node", "free some memory");
    words[0] = "node";
    /* Node looks for some of its options, as --env-file, behind the script as well. */
    words[1] = "--";
    words[2] = script;
    for (int i = 1; i < argc; i++) words[i + 2] = argv[i];
    environ = environment;
    (void)execvp(words[0], words);
    refuse("node cannot be run", "box needs Node 20.17 or later in your PATH");
}
