/* Builds the filter of each process of a VMM from the groups in calls.h. */
#define _GNU_SOURCE
#include "seccomp.h"

#include "layers.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"

enum { MOST_VICTIMS = 4 };

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define CALLS(list) .calls = (list), .call_count = COUNT(list)
#define CHECKS(list) .checks = (list), .check_count = COUNT(list)

static const struct group {
    unsigned of;
    const int *calls;
    size_t call_count;
    const struct call_check *checks;
    size_t check_count;
} groups[] = {
    /* A guest's CPU mostly makes these calls. */
    {.of = CALLS_KVM, CHECKS(checks_kvm)},
    {.of = CALLS_STREAMS, CALLS(calls_streams)},
    {.of = CALLS_THREADS, CALLS(calls_threads), CHECKS(checks_threads)},
    {.of = CALLS_FILES | CALLS_LOOK, CALLS(calls_look), CHECKS(checks_files)},
    {.of = CALLS_FILES, CALLS(calls_files)},
    {.of = CALLS_LOOK, CHECKS(checks_look)},
    {.of = CALLS_PROGRAM, CALLS(calls_program), CHECKS(checks_program)},
    {.of = CALLS_PROGRAM, CHECKS(checks_code)},
    {.of = CALLS_QEMU, CALLS(calls_qemu), CHECKS(checks_qemu)},
    {.of = CALLS_INTERNET, CALLS(calls_internet), CHECKS(checks_internet)},
    {.of = CALLS_THREADS | CALLS_INTERNET, CHECKS(checks_streams)},
    {.of = CALLS_SHARE, CALLS(calls_share)},
    {.of = CALLS_SHARE | CALLS_LOOK, CALLS(calls_share_look), CHECKS(checks_share)},
    {.of = CALLS_SHARE_JAIL, CALLS(calls_share_jail)},
    {.of = CALLS_WATCH, CALLS(calls_watch)},
};

static void allow_groups(struct filter *filter, unsigned role) {
    for (size_t i = 0; i < COUNT(groups); i++) {
        const struct group *group = &groups[i];
        if ((role & group->of) == 0) continue;
        for (size_t j = 0; j < group->check_count; j++) filter_check(filter, &group->checks[j]);
        filter_allow(filter, group->calls, group->call_count);
    }
}

/* Without a PID namespace, other processes of the same user could be signaled too. */
static void allow_signals(struct filter *filter, const pid_t *victims, size_t count) {
    struct call_case targets[MOST_VICTIMS + 1] = {EXACTLY(getpid())};
    size_t targeted = 1;
    for (size_t i = 0; i < count && targeted < COUNT(targets); i++) {
        targets[targeted++] = (struct call_case)EXACTLY(victims[i]);
    }
    const struct call_check killed = {SYS_kill, 0, targets, targeted};
    const struct call_check raised = {SYS_tgkill, 0, targets, 1};
    filter_check(filter, &killed);
    filter_check(filter, &raised);
}

void filter_calls(unsigned role, const pid_t *victims, size_t count) {
    static struct filter filter;
    filter_begin(&filter);
    allow_groups(&filter, role);
    filter_allow(&filter, calls_every, COUNT(calls_every));
    if ((role & CALLS_PROGRAM) == 0) {
        for (size_t i = 0; i < COUNT(checks_no_code); i++) filter_check(&filter, &checks_no_code[i]);
    }
    allow_signals(&filter, victims, count);
    filter_kill(&filter);
    if ((role & CALLS_LOOK) != 0) filter_answer(&filter, answers_read_only, COUNT(answers_read_only));
    filter_answer(&filter, answers, COUNT(answers));
    if (filter_install(&filter)) {
        layer_holds(LAYER_SECCOMP);
    } else if (errno == E2BIG) {
        layer_fails(LAYER_SECCOMP, "the filter is too large");
    } else {
        layer_fails(LAYER_SECCOMP, "this kernel rejects filters: %s", strerror(errno));
    }
}
