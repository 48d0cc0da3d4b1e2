#include "failure.h"
#include "../../common/exit-codes.h"
#include "../../common/io.h"
#include "../buffer.h"
#include "../node.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>

/* Exit code of `box-vmm launch` if another process holds the box's lock. */
enum { EXIT_LOCKED = 75 };
/* The maximum length of an argument on Linux, with its NUL. */
enum { MOST_ARGUMENT = 131072 };

static void add_field(struct buffer *json, const char *name, struct text text) {
    if (text.at == NULL) return;
    add_text(json, json->length == 0 ? "{\"" : ",\"");
    add_text(json, name);
    add_text(json, "\":\"");
    add_escaped(json, text.at, text.length);
    add_text(json, "\"");
}

void report_failure(const struct event *failure) {
    static uint8_t bytes[MOST_ARGUMENT];
    static char box[] = "box", verb[] = "__failed";
    struct buffer json = {bytes, sizeof bytes, 0, true};
    add_field(&json, "code", failure->code);
    add_field(&json, "message", failure->message);
    add_field(&json, "subject", failure->subject);
    add_field(&json, "hint", failure->hint);
    add_text(&json, "}");
    sigset_t none;
    (void)sigemptyset(&none);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (!terminate(&json)) give_up("the box could not be started", "see its log");
    become_node(3, (char *[]){box, verb, (char *)bytes, NULL});
}

/* The last line of a file, which may be long. */
static struct text last_line(const char *path, char *bytes, size_t size) {
    cleanup_close int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    off_t end = file < 0 ? 0 : lseek(file, 0, SEEK_END);
    off_t begin = end > (off_t)size ? end - (off_t)size : 0;
    if (file < 0 || lseek(file, begin, SEEK_SET) < 0) return (struct text){bytes, 0};
    ssize_t length = read_up_to(file, bytes, size);
    struct text line = {bytes, length < 0 ? 0 : (size_t)length};
    while (line.length > 0 && line.at[line.length - 1] == '\n') line.length--;
    const char *before = line.length == 0 ? NULL : memrchr(line.at, '\n', line.length);
    if (before == NULL) return line;
    return (struct text){before + 1, line.length - (size_t)(before + 1 - line.at)};
}

void report_lost_monitor(int status, const char *name, const char *log) {
    static char message[8192], tail[4096];
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    struct event failure = {.code = text_of("monitor-died")};
    (void)snprintf(message, sizeof message, "the box's monitor was killed, and the box with it");
    if (code == EXIT_LOCKED) {
        failure.code = text_of("box-running");
        (void)snprintf(message, sizeof message, "box %s was started by another command at the same time", name);
    } else if (code == EXIT_DIED) {
        struct text line = last_line(log, tail, sizeof tail);
        failure.code = text_of("launch-failed");
        (void)snprintf(message, sizeof message, "box %s cannot be launched: %.*s", name, (int)line.length, line.at);
    }
    failure.message = text_of(message);
    report_failure(&failure);
}
