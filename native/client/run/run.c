/* A box is started by a plan exactly as Node started one from the same command line before: see "Plans" in
 * docs/architecture.md. */
#include "run.h"
#include "../../common/exit-codes.h"
#include "../../common/io.h"
#include "../attach.h"
#include "../report.h"
#include "../signals.h"
#include "command-line.h"
#include "digest.h"
#include "failure.h"
#include "fill.h"
#include "folder.h"
#include "identity.h"
#include "key.h"
#include "launch.h"
#include "lease.h"
#include "plan-file.h"
#include "witness.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* As in src/vm/protocol/control/launch-request.ts: this much is written at once. */
enum { MOST_REQUEST = 32000, MOST_KEY = 8192, MOST_ARGUMENTS = 1 << 17 };

/* A box to be made: everything in it, before anything is written. */
struct making {
    struct plan plan;
    struct identity identity;
    const char *name;
    struct buffer record, request, event;
    char *words[PLAN_MOST_WORDS + 1];
};

static bool is_docker(void) {
    const char *value = getenv("BOX_DOCKER");
    return value != NULL && value[0] != '\0' && strcmp(value, "0") != 0;
}

static bool fill_in(struct buffer *out, uint8_t *bytes, size_t size, size_t from, const char *text,
                    const struct filling *filling) {
    *out = (struct buffer){bytes, size, from, true};
    fill(out, text, filling);
    return terminate(out);
}

/* The words of the helper, in one buffer. */
static bool fill_words(struct making *making, const struct filling *filling) {
    static uint8_t bytes[MOST_ARGUMENTS];
    struct buffer out = {bytes, sizeof bytes, 0, true};
    for (size_t i = 0; i < making->plan.word_count; i++) {
        making->words[i] = (char *)out.bytes + out.length;
        fill(&out, making->plan.words[i], filling);
        add_bytes(&out, "", 1);
    }
    making->words[making->plan.word_count] = NULL;
    return out.whole;
}

/* Fills the plan's holes. Returns false if something does not fit: Node has other ways then. */
static bool prepare(struct making *making, const struct run *run) {
    static uint8_t record[MOST_REQUEST], request[MOST_REQUEST], event[MOST_REQUEST];
    const struct plan *plan = &making->plan;
    struct identity *identity = &making->identity;
    if (!make_identity(identity, plan->qualities, plan->things)) return false;
    making->name = run->name == NULL ? identity->name : run->name;
    struct filling filling = {.id = identity->id,
                              .name = making->name,
                              .time = identity->time,
                              .process = identity->process,
                              .command = run->command,
                              .values = run->values,
                              .value_count = run->value_count};
    if (!fill_in(&making->record, record, sizeof record, 0, plan->record, &filling)) return false;
    filling.record = (const char *)record;
    if (!fill_in(&making->request, request, sizeof request, WIRE_HEADER, plan->request, &filling)) return false;
    write_header(request, KIND_JSON, (uint32_t)(making->request.length - WIRE_HEADER));
    filling.request_length = making->request.length;
    return fill_in(&making->event, event, sizeof event, 0, plan->event, &filling) && fill_words(making, &filling);
}

static bool are_as_before(const struct plan *plan) {
    for (size_t i = 0; i < plan->witness_count; i++)
        if (!is_as_before(plan->witnesses[i])) return false;
    return true;
}

/* Like Node's, loses the event if it cannot be written. The monitor, which also writes some, limits the file's size. */
static void record_event(const struct making *making) {
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/events.jsonl", making->plan.home);
    if (length < 0 || (size_t)length >= sizeof path) return;
    cleanup_close int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file >= 0) (void)write_all(file, making->event.bytes, making->event.length);
}

/* Makes and launches the box, on whose image there is a lease. */
static bool start(struct making *making, char folder[PATH_MAX], struct launched *launched) {
    if (!are_as_before(&making->plan)) return false;
    if (!make_folder(&making->plan, &making->identity, making->name, &making->record, folder)) return false;
    for (size_t i = 0; i < making->plan.used_count; i++) (void)utimensat(AT_FDCWD, making->plan.used[i], NULL, 0);
    record_event(making);
    struct launch starting = {making->words, &making->request, making->plan.home, folder};
    if (launch(&starting, launched)) return true;
    remove_folder(&making->plan, folder, making->name);
    return false;
}

static bool start_by_plan(struct making *making, char folder[PATH_MAX], struct launched *launched) {
    if (!take_leases(&making->plan, &making->identity)) return false;
    bool started = start(making, folder, launched);
    release_leases(&making->plan, &making->identity);
    return started;
}

static _Noreturn void lose(const struct making *making, const char *folder, pid_t helper) {
    char log[PATH_MAX + 16];
    int status = 0;
    (void)snprintf(log, sizeof log, "%s/monitor.log", folder);
    if (wait_for(helper, &status) < 0) status = 0;
    report_lost_monitor(status, making->name, log);
}

static int conclude(const struct event *ending) {
    if (ending->kind == EVENT_FAILED) report_failure(ending);
    if (ending->reason.at != NULL) report_warning(ending->reason);
    return ending->exit_code;
}

/* Tells Node for what to write a plan. */
static void ask_for_plan(const struct run *run, const struct buffer *key, uint64_t digest) {
    size_t count = 0;
    while (run->command[count] != NULL) count++;
    char *text = NULL;
    if (asprintf(&text, "%016" PRIx64 " %zu %s %s", digest, count, run->name == NULL ? "-" : run->name,
                 (const char *)key->bytes) < 0)
        return;
    (void)setenv(PLAN_VARIABLE, text, 1);
    free(text);
}

/* Prints the ID and waits until the program runs. */
static int leave_running(const struct making *making, const char *folder, const struct launched *launched) {
    struct program program = {NULL, false, true, launched->warnings};
    struct event outcome = {0};
    /* As in Docker, even if its program cannot be started. */
    (void)printf("%s\n", making->identity.id);
    if (fflush(stdout) != 0) return 128 + SIGPIPE;
    if (!await_start(launched->monitor, &program, &outcome)) lose(making, folder, launched->helper);
    if (outcome.kind != EVENT_STARTED) (void)conclude(&outcome);
    return 0;
}

static int follow(const struct making *making, const struct run *run, const char *folder,
                  const struct launched *launched, int arrivals) {
    static struct request request;
    struct program program = {&request, run->interactive, true, launched->warnings};
    struct event ending = {0};
    if (!write_attach(&request, run->interactive) || !attach(launched->monitor, arrivals, &program, &ending))
        lose(making, folder, launched->helper);
    return conclude(&ending);
}

int run_natively(char **words) {
    static uint8_t bytes[MOST_KEY];
    static struct making making;
    struct buffer key = {bytes, sizeof bytes, 0, true};
    struct run run;
    if (is_docker() || !read_run(words, &run, &key) || !add_surroundings(&key, environ) || !terminate(&key)) return -1;
    uint64_t digest = digest_of(key.bytes, key.length);
    char folder[PATH_MAX];
    struct launched launched = {0, -1, {-1, NULL}};
    sigset_t before;
    bool found = find_plan(&key, digest, &making.plan) && prepare(&making, &run);
    /* Until the box runs, signals wait; then they are forwarded to it, or end this command if it is to run alone. */
    int arrivals = found ? catch_signals(&before) : -1;
    bool started = arrivals >= 0 && start_by_plan(&making, folder, &launched);
    if (found && (!started || run.detach)) release_signals(&arrivals, &before);
    if (!started) {
        ask_for_plan(&run, &key, digest);
        return -1;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    return run.detach ? leave_running(&making, folder, &launched) : follow(&making, &run, folder, &launched, arrivals);
}
