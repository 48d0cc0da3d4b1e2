#define _GNU_SOURCE
#include "template.h"

#include "../common/cleanup.h"
#include "../common/io.h"
#include "../common/own.h"
#include "descriptors.h"
#include "command.h"
#include "die.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* QEMU reads these when it starts, so that nobody has to talk to it. The memory itself is not in the state. */
static const char THAW[] = "{\"execute\": \"qmp_capabilities\"}\n"
                           "{\"execute\": \"migrate-set-capabilities\", \"arguments\": {\"capabilities\": "
                           "[{\"capability\": \"x-ignore-shared\", \"state\": true}]}}\n"
                           "{\"execute\": \"migrate-incoming\", \"arguments\": {\"uri\": \"fd:8\"}}\n";

/* The files are checked as their folder is: others could have changed them through a descriptor from before. */
static int open_file(int folder, const char *path, const char *name) {
    struct stat status;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0) die_errno("the template %s cannot be used: %s", path, name);
    if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 077) != 0)
        die("the template %s cannot be used: %s is not a file of this user alone", path, name);
    return move_above(fd, false);
}

/* Longer ones are ignored, as QEMU would not start with them. */
enum { MOST_LIST_BYTES = 64 << 10 };

/* Without a list, the VM only starts more slowly. */
static char *read_touched(int folder) {
    cleanup_close int fd = openat(folder, TEMPLATE_TOUCHED, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    char *text = fd < 0 ? NULL : malloc(MOST_LIST_BYTES);
    ssize_t length = text == NULL ? -1 : read_up_to(fd, text, MOST_LIST_BYTES);
    if (length < 0 || length == MOST_LIST_BYTES) {
        free(text);
        return NULL;
    }
    text[length] = '\0';
    return text;
}

static void require_made(const char *path, int state, const char *made) {
    struct stat status;
    char found[64];
    if (fstat(state, &status) != 0) die_errno("the template %s cannot be used", path);
    uint64_t written_ns = (uint64_t)status.st_mtim.tv_sec * 1000000000 + (uint64_t)status.st_mtim.tv_nsec;
    snprintf(found, sizeof found, "%" PRIu64 "-%" PRIu64, (uint64_t)status.st_ino, written_ns);
    if (strcmp(found, made) != 0) die("the template %s has been replaced", path);
}

struct template_streams open_template(const char *path, const char *made) {
    int pipe[2];
    cleanup_close int folder = open_own_folder(path);
    if (folder < 0) die_errno("the template %s cannot be used", path);
    struct template_streams streams = {
        .monitor = -1,
        .memory = open_file(folder, path, TEMPLATE_MEMORY),
        .state = open_file(folder, path, TEMPLATE_STATE),
        .answers = open("/dev/null", O_WRONLY | O_CLOEXEC),
        .touched = read_touched(folder),
    };
    require_made(path, streams.state, made);
    if (streams.answers < 0) die_errno("cannot open /dev/null");
    streams.answers = move_above(streams.answers, false);
    if (pipe2(pipe, O_CLOEXEC) != 0) die_errno("cannot create a pipe");
    if (!write_all(pipe[1], THAW, sizeof THAW - 1)) die_errno("cannot write to a pipe");
    streams.commands = move_above(pipe[0], false);
    /* At the end of its input, QEMU would drop the commands that it has yet to execute. */
    streams.kept = move_above(pipe[1], false);
    return streams;
}

char **with_template(char **command, const struct template_streams *streams) {
    static char *const freeze[] = {"-chardev", "socket,id=qmp,fd=8", "-mon", "chardev=qmp,mode=control"};
    static char *const thaw[] = {"-incoming", "defer", "-chardev", "stdio,id=qmp", "-mon", "chardev=qmp,mode=control"};
    if (streams->monitor >= 0) return extended(command, freeze, sizeof freeze / sizeof *freeze);
    return extended(command, thaw, sizeof thaw / sizeof *thaw);
}

void place_template(const struct template_streams *streams) {
    put_at(streams->memory, MEMORY_STREAM);
    put_at(STDOUT_FILENO, CONSOLE_STREAM);
    if (streams->monitor >= 0) {
        put_at(streams->monitor, FREEZE_STREAM);
        return;
    }
    put_at(streams->state, STATE_STREAM);
    put_at(streams->commands, STDIN_FILENO);
    put_at(streams->answers, STDOUT_FILENO);
    if (fcntl(streams->kept, F_SETFD, 0) != 0) die_errno("cannot keep a descriptor");
    if (streams->touched != NULL && setenv(TOUCHED_VARIABLE, streams->touched, 1) != 0) die_errno("no memory");
}
