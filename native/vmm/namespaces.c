#define _GNU_SOURCE
#include "namespaces.h"

#include "layers.h"
#include "privileges.h"
#include "user-namespace.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>

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
    char reason[REASON];
    if (low_ports) {
        layer_spared(LAYER_USER, "root's, for a published port below 1024");
    } else if (enter_user_namespace(IDS_ALL, true, reason)) {
        layer_holds(LAYER_USER);
    } else {
        layer_spared(LAYER_USER, reason);
    }
}

void enter_namespaces(struct wanted_namespaces wanted) {
    char reason[REASON];
    bool privileged = has_capability(CAP_SYS_ADMIN);
    if (privileged) {
        enter_as_root(wanted.low_ports);
        if (!layer_is_held(LAYER_USER) && !can_have_root(reason)) {
            fail_all(wanted.network, reason);
            return;
        }
    } else {
        if (!enter_user_namespace(wanted.subordinate ? IDS_SUBORDINATE : IDS_OWN, true, reason)) {
            fail_all(wanted.network, reason);
            return;
        }
        layer_holds(LAYER_USER);
    }
    layer_holds(LAYER_ROOT);
    enter(LAYER_IPC, CLONE_NEWIPC);
    enter(LAYER_HOST_NAME, CLONE_NEWUTS);
    if (wanted.network) enter(LAYER_NETWORK, CLONE_NEWNET);
    enter(LAYER_PROCESSES, CLONE_NEWPID);
}
