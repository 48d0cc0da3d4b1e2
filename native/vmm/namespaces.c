#define _GNU_SOURCE
#include "namespaces.h"

#include "../common/io.h"
#include "die.h"
#include "ids.h"
#include "layers.h"
#include "privileges.h"
#include "root.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum way { WITHOUT_USER_NAMESPACE, WITH_USER_NAMESPACE };

/* In a child process: tries everything that can be forbidden, and exits. */
static _Noreturn void try_root(enum way way, enum ids ids, int errors) {
    const struct view nothing = {0};
    if (dup2(errors, STDERR_FILENO) < 0) _exit(EXIT_HELPER);
    if (way == WITH_USER_NAMESPACE) enter_user_namespace(ids);
    enter_root(&nothing, NULL, 0, false);
    _exit(0);
}

/*
 * Whether a private root is possible. This is tried in a child process, because there are many ways to forbid it, and some
 * take effect only at a point of no return. REASON receives the child's message.
 */
static bool can_have_root(enum way way, enum ids ids, char *reason, size_t size) {
    int errors[2];
    if (pipe(errors) != 0) die_errno("cannot create a pipe");
    pid_t child = fork();
    if (child < 0) die_errno("cannot fork");
    if (child == 0) try_root(way, ids, errors[1]);
    close(errors[1]);
    ssize_t length = read_some(errors[0], reason, size - 1);
    close(errors[0]);
    reason[length < 0 ? 0 : length] = '\0';
    reason[strcspn(reason, "\n")] = '\0';
    const char *prefix = "box-vmm: ";
    if (strncmp(reason, prefix, strlen(prefix)) == 0)
        memmove(reason, reason + strlen(prefix), strlen(reason + strlen(prefix)) + 1);
    int status = 0;
    if (wait_for(child, &status) < 0) die_errno("cannot wait for a process");
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void enter(enum layer layer, int flag) {
    if (unshare(flag) == 0) {
        layer_holds(layer);
    } else {
        layer_fails(layer, "not allowed by this host: %s", strerror(errno));
    }
}

static void fail_all(bool network, const char *reason) {
    static const enum layer all[] = {LAYER_USER, LAYER_ROOT,      LAYER_PROCESSES,
                                     LAYER_IPC,  LAYER_HOST_NAME, LAYER_NETWORK};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i] != LAYER_NETWORK || network) layer_fails(all[i], "%s", i == 0 ? reason : "needs a user namespace");
    }
}

/* Enters a user namespace as root, if possible: privileges in it do not apply to the host. */
static void enter_as_root(bool low_ports) {
    char reason[200];
    if (low_ports) {
        layer_spared(LAYER_USER, "root's, for a published port below 1024");
    } else if (can_have_root(WITH_USER_NAMESPACE, IDS_ALL, reason, sizeof reason)) {
        enter_user_namespace(IDS_ALL);
        layer_holds(LAYER_USER);
    } else {
        layer_spared(LAYER_USER, reason);
    }
}

void enter_namespaces(struct wanted_namespaces wanted) {
    char reason[200];
    bool privileged = has_capability(CAP_SYS_ADMIN);
    if (privileged) {
        enter_as_root(wanted.low_ports);
        if (!layer_is_held(LAYER_USER) && !can_have_root(WITHOUT_USER_NAMESPACE, IDS_ALL, reason, sizeof reason)) {
            fail_all(wanted.network, reason);
            return;
        }
    } else {
        if (!can_have_root(WITH_USER_NAMESPACE, IDS_OWN, reason, sizeof reason)) {
            fail_all(wanted.network, reason);
            return;
        }
        enter_user_namespace(wanted.subordinate ? IDS_SUBORDINATE : IDS_OWN);
        layer_holds(LAYER_USER);
    }
    layer_holds(LAYER_ROOT);
    enter(LAYER_IPC, CLONE_NEWIPC);
    enter(LAYER_HOST_NAME, CLONE_NEWUTS);
    if (wanted.network) enter(LAYER_NETWORK, CLONE_NEWNET);
    enter(LAYER_PROCESSES, CLONE_NEWPID);
}
