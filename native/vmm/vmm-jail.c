/* The jail of a VMM, and what its processes share: namespaces, a user, the host's limits. */
#define _GNU_SOURCE
#include "jail.h"

#include "../common/cleanup.h"
#include "device.h"
#include "die.h"
#include "host.h"
#include "layers.h"
#include "namespaces.h"
#include "open-share.h"
#include "supervise.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Without capabilities, root can open only what it owns, like any other user. */
static bool owns_all(const struct view *view) {
    struct stat status;
    for (size_t i = 0; i < view->count; i++) {
        if (stat(view->sights[i].path, &status) == 0 && status.st_uid != geteuid()) return false;
    }
    return true;
}

static bool publishes_low_port(const struct net_policy *policy) {
    for (size_t i = 0; i < policy->count; i++) {
        if (policy->ports[i].host < 1024) return true;
    }
    return false;
}

struct jail jail_for(const struct machine *machine) {
    struct jail jail = {.largest_mib = machine->largest_mib};
    if (machine->kernel != NULL) see(&jail.view, USE_READ, machine->kernel);
    for (size_t i = 0; i < machine->disk_count; i++) {
        const struct disk *disk = &machine->disks[i];
        see(&jail.view, disk->read_only ? USE_READ : USE_WRITE, disk->path);
        if (disk->vmdk) see_extents(&jail.view, disk->path);
    }
    if (!owns_all(&jail.view)) jail.kept |= CAPABILITY(CAP_DAC_OVERRIDE);
    if (machine->tsi && publishes_low_port(&machine->policy)) jail.kept |= CAPABILITY(CAP_NET_BIND_SERVICE);
    see(&jail.view, USE_DEVICE, "/dev/null");
    see(&jail.view, USE_DEVICE, "/dev/urandom");
    return jail;
}

/* Identifies the box: the path of what only it writes to. */
static const char *name_of(const struct machine *machine) {
    for (size_t i = 0; i < machine->disk_count; i++) {
        if (!machine->disks[i].read_only) return machine->disks[i].path;
    }
    return "";
}

uid_t user_of(const struct machine *machine, const char *part) {
    cleanup_free char *name = NULL;
    if (asprintf(&name, "%s%s", name_of(machine), part) < 0) die_errno("out of memory");
    return user_for(name);
}

uid_t prepare_jails(const struct machine *machine, pid_t parent) {
    die_with(parent);
    uid_t user = user_of(machine, "");
    if (machine->kvm) make_own_device("/dev/kvm", user);
    apply_host_limits(machine);
    raise_file_limit();
    enter_namespaces((struct wanted_namespaces){
        .subordinate = machine->volume_count > 0,
        .network = !machine->tsi,
        .low_ports = machine->tsi && publishes_low_port(&machine->policy),
    });
    if (machine->volume_count > 0 && !layer_is_held(LAYER_ROOT)) require_open_share(machine);
    /* Changing the user namespace may have cleared this. */
    die_with(parent);
    return user;
}

/* Root's processes that serve files act as any user of the guest, so they stay root. */
static bool stays_root(const struct jail *jail) {
    static const char *const reasons[] = {"it has no root of its own", "the VMM itself serves the volumes",
                                          "the box's files belong to another user"};
    const bool hold[] = {!layer_is_held(LAYER_ROOT), jail->volume_count > 0,
                         (jail->kept & CAPABILITY(CAP_DAC_OVERRIDE)) != 0};
    for (size_t i = 0; i < sizeof hold / sizeof *hold; i++) {
        if (!hold[i]) continue;
        layer_spared(LAYER_OWN_USER, reasons[i]);
        return true;
    }
    return false;
}

void give_user(struct jail *jail, const struct machine *machine, uid_t user) {
    struct stat console;
    if (user == 0 || stays_root(jail)) return;
    struct user given = {.id = user};
    const char *closed = open_view_to(&given, &jail->view);
    if (closed != NULL) {
        char reason[200];
        bool device = strcmp(closed, "/dev/kvm") == 0 && own_device_failure()[0] != '\0';
        snprintf(reason, sizeof reason, "%s is accessible only to root%s%s", closed, device ? "; " : "",
                 device ? own_device_failure() : "");
        layer_spared(LAYER_OWN_USER, reason);
        return;
    }
    /* The VMM reopens it through /proc. */
    if (machine->report && fstat(STDOUT_FILENO, &console) == 0 && S_ISFIFO(console.st_mode) &&
        fchown(STDOUT_FILENO, user, (gid_t)-1) != 0) {
        die_errno("cannot change the owner of the console");
    }
    for (size_t i = 0; i < jail->view.count; i++) {
        struct sight *sight = &jail->view.sights[i];
        if (has_own_device(sight->path)) sight->use = USE_OWN_DEVICE;
    }
    jail->user = given;
}
