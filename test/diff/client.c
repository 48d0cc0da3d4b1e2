// Takes the place of box in cases whose commands run in one process (commands.js): passes on the command's arguments,
// environment and working directory, prints what comes back, and exits with its code. Commands that stay connected to a box
// are started as users do.
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

#include "../../native/client/environment.h"
#include "../../native/common/io.h"

enum { FAILED = 125 };
enum { OUTPUT = 1, ERRORS = 2, CODE = 3 };

__attribute__((noreturn)) static void die(const char *what) {
    (void)fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
    _exit(FAILED);
}

static const char *needed(const char *name) {
    const char *value = getenv(name);
    if (value != NULL) return value;
    errno = EINVAL;
    die(name);
}

static int connect_to(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) die(path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server < 0 || connect(server, (const struct sockaddr *)&address, sizeof address) < 0) die(path);
    return server;
}

static void add(FILE *request, const char *text) {
    (void)fputs(text, request);
    (void)fputc('\0', request);
}

// The process that runs the command opens this one's stdin by its number.
static void send_command(int server, char **arguments, int count) {
    char folder[PATH_MAX];
    if (getcwd(folder, sizeof folder) == NULL) die("getcwd");
    char **environment = rename_node_variables(environ);
    char *bytes = NULL;
    size_t size = 0;
    FILE *request = open_memstream(&bytes, &size);
    if (environment == NULL || request == NULL) die("memory");
    (void)fprintf(request, "%d%c%d%c", getpid(), '\0', count, '\0');
    add(request, folder);
    for (int i = 0; i < count; i++) add(request, arguments[i]);
    for (; *environment != NULL; environment++) add(request, *environment);
    if (fclose(request) != 0) die("memory");
    uint32_t length = (uint32_t)size;
    if (!send_all(server, &length, sizeof length) || !send_all(server, bytes, size)) die("commands");
}

static void copy(int server, int to, uint32_t length) {
    char buffer[65536];
    while (length > 0) {
        size_t size = length < sizeof buffer ? length : sizeof buffer;
        if (!read_all(server, buffer, size)) die("commands");
        // As for any program, a reader that has gone means SIGPIPE.
        if (!write_all(to, buffer, size)) die("write");
        length -= (uint32_t)size;
    }
}

// Each message is a byte that says what it is, and the length of what follows, or the code.
static int print_answer(int server) {
    for (;;) {
        uint8_t kind = 0;
        uint32_t number = 0;
        if (!read_all(server, &kind, sizeof kind) || !read_all(server, &number, sizeof number)) die("commands");
        if (kind == CODE) return (int)number;
        copy(server, kind == ERRORS ? STDERR_FILENO : STDOUT_FILENO, number);
    }
}

// Other commands would have to wait for them; box handles `exec` and `run` without Node where it can.
static bool stays_connected(char *const *words) {
    static const char *const lasting[] = {"attach", "exec", "run", NULL};
    for (size_t i = 0; lasting[i] != NULL; i++)
        if (strcmp(words[0], lasting[i]) == 0) return true;
    return strcmp(words[0], "logs") == 0 && words[1] != NULL && strcmp(words[1], "-f") == 0;
}

int main(int argc, char **argv) {
    if (argc > 1 && stays_connected(argv + 1)) {
        const char *box = needed("DIFF_BOX");
        (void)execv(box, argv);
        die(box);
    }
    int server = connect_to(needed("DIFF_COMMANDS"));
    send_command(server, argv + 1, argc - 1);
    return print_answer(server);
}
