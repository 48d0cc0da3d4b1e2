#include "exec.h"
#include "../common/exit-codes.h"
#include "attach.h"
#include "find.h"
#include "flags.h"
#include "report.h"
#include "signals.h"

static int report_end(const struct event *ending) {
    if (ending->kind == EVENT_FAILED) report_error(ending->message, ending->hint);
    else if (ending->reason.at != NULL) report_warning(ending->reason);
    return exit_code_of(ending);
}

static _Noreturn void give_up_monitor(void) {
    give_up("the box's monitor was killed, and the box with it", "`box ps -a` shows the state of the box");
}

static int start_only(int monitor, struct program *program) {
    struct event outcome = {0};
    if (!await_start(monitor, program, &outcome)) give_up_monitor();
    if (outcome.kind == EVENT_STARTED) return 0;
    /* As in Docker, only the exit code of a program that is waited for tells why it could not be started. */
    int code = report_end(&outcome);
    return outcome.kind == EVENT_EXITED ? 0 : code == EXIT_DIED ? EXIT_DIED : 1;
}

int exec_natively(char **words) {
    static struct request request;
    struct exec exec;
    if (!read_exec(words, &exec) || !write_exec(&request, &exec)) return -1;
    struct program program = {&request, exec.interactive, false, {-1, NULL}};
    if (exec.detach) {
        int monitor = connect_to_monitor(exec.box);
        if (monitor < 0) return -1;
        (void)signal(SIGPIPE, SIG_IGN);
        return start_only(monitor, &program);
    }
    sigset_t before;
    int arrivals = catch_signals(&before), monitor = arrivals < 0 ? -1 : connect_to_monitor(exec.box);
    if (monitor < 0) {
        release_signals(&arrivals, &before);
        return -1;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    struct event ending = {0};
    if (!attach(monitor, arrivals, &program, &ending)) give_up_monitor();
    return report_end(&ending);
}
