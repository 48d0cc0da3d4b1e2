/* A box is started by a plan exactly as Node started one from the same command line before: see "Plans" in
 * docs/architecture.md. */
#include "run.h"
#include "../../common/exit-codes.h"
#include "../../common/io.h"
#include "../attach.h"
#include "../report.h"
#include "../signals.h"
#include "claim.h"
#include "digest.h"
#include "failure.h"
#include "folder.h"
#include "key.h"
#include "launch.h"
#include "lease.h"
#include "making.h"
#include "plan-file.h"
#include "witness.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum { MOST_KEY = 8192 };

static bool is_docker(void) {
    const char *value = getenv("BOX_DOCKER");
    return value != NULL && value[0] != '\0' && strcmp(value, "0") != 0;
}

/* Like Node's, loses the event if it cannot be written. The monitor, which also writes some, limits the file's size. */
static void record_event(const struct making *making) {
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/events.jsonl", making->plan.home);
    if (length < 0 || (size_t)length >= sizeof path) return;
    cleanup_close int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file >= 0) (void)write_all(file, making->event.bytes, making->event.length);
}

/* Notes that the box has been made. */
static void note(const struct making *making) {
    for (size_t i = 0; i < making->plan.used_count; i++) (void)utimensat(AT_FDCWD, making->plan.used[i], NULL, 0);
    record_event(making);
}

/* Makes the box in a VM that has been claimed. The record is written while the VM's agent answers. */
static bool make_in_vm(struct making *making, const struct claim *claim, char folder[PATH_MAX]) {
    memcpy(making->identity.id, claim->id, sizeof claim->id);
    return fill_holes(making) && record_in_folder(&making->plan, claim->id, &making->record) && await_claimed(claim) &&
           publish_folder(&making->plan, claim->id, making->name, folder);
}

static double milliseconds_since(const struct timespec *begun) {
    struct timespec now = *begun;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begun->tv_sec) * 1e3 + (double)(now.tv_nsec - begun->tv_nsec) / 1e6;
}

/* Makes the box in a VM of the plan's pool. */
static bool start_in_pool(struct making *making, char folder[PATH_MAX], struct launched *launched) {
    struct timespec begun = {0};
    struct claim claim;
    (void)clock_gettime(CLOCK_MONOTONIC, &begun);
    if (!is_name_free(&making->plan, making->name) || !claim_vm(&making->plan, &claim)) return false;
    if (!make_in_vm(making, &claim, folder)) {
        discard_vm(&making->plan, &claim);
        return false;
    }
    (void)send_all(claim.monitor, making->request.bytes, making->request.length);
    note_acquired(&claim, milliseconds_since(&begun));
    close_fd(&claim.keeper);
    note(making);
    *launched = (struct launched){-1, claim.monitor, {-1, NULL}};
    return true;
}

/* Makes and launches the box, on whose image there is a lease. */
static bool start(struct making *making, char folder[PATH_MAX], struct launched *launched) {
    if (!are_as_before(&making->plan.witnesses)) return false;
    if (making->plan.pool != NULL) return start_in_pool(making, folder, launched);
    if (!make_folder(&making->plan, making->way->layer, &making->identity, making->name, &making->record, folder))
        return false;
    note(making);
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
    struct program program = {NULL, run->interactive, true, launched->warnings};
    struct event ending = {0};
    if (!attach(launched->monitor, arrivals, &program, &ending)) lose(making, folder, launched->helper);
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
