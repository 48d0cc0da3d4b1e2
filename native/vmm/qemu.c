#define _GNU_SOURCE
#include "vmm.h"

#include "../common/cleanup.h"
#include "descriptors.h"
#include "lock-disks.h"
#include "supervise.h"
#include "command.h"
#include "die.h"
#include "elf-needs.h"
#include "jail.h"
#include "layers.h"
#include "memory-copy.h"
#include "network.h"
#include "preloaded.h"
#include "template.h"
#include "tsc.h"
#include "virtiofsd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Descriptors of QEMU's connections to virtiofsd and to the network process (src/vm/drivers/qemu/driver.ts). */
enum { SHARE_STREAM = 4, NETWORK_STREAM = 5, READ_ONLY_STREAM = 7 };

static struct share_streams shares = {-1, -1};
static int network_stream = -1;

/* Adds the guest's second interface, which is on a named network. */
static char **with_peers(char **command, const char *mac) {
    char *words[4] = {"-netdev", NULL, "-device", NULL};
    if (asprintf(&words[1], "stream,id=peers,addr.type=fd,addr.str=%d", PEERS_STREAM) < 0 ||
        asprintf(&words[3], "virtio-net-device,netdev=peers,mac=%s", mac) < 0) {
        die_errno("no memory");
    }
    return extended(command, words, 4);
}

static char **with_read_only_share(char **command) {
    char *words[4] = {"-chardev", NULL, "-device", "vhost-user-fs-device,chardev=read-only,tag=" READ_ONLY_TAG};
    if (asprintf(&words[1], "socket,id=read-only,fd=%d", READ_ONLY_STREAM) < 0) die_errno("no memory");
    return extended(command, words, 4);
}

/*
 * The emulated processor has the host's TSC. Given its frequency, the guest's clock stays accurate even if the emulation is
 * too slow for all timer interrupts; a microvm has no device with which the guest could measure it.
 */
static char **with_clock(char **command, struct tsc_moment begun) {
    uint64_t khz = tsc_khz_since(begun);
    if (khz == 0) return command;
    for (char **word = command; word[0] != NULL && word[1] != NULL; word++) {
        if (strcmp(word[0], "-append") != 0) continue;
        char *longer = NULL;
        if (asprintf(&longer, "%s tsc=reliable tsc_early_khz=%" PRIu64, word[1], khz) < 0) die_errno("no memory");
        word[1] = longer;
        break;
    }
    return command;
}

/*
 * QEMU's own filter forbids starting programs and processes, which ours must allow until QEMU is executed. A QEMU built
 * without it would reject the option.
 */
static char **with_sandbox(char **command, const char *program) {
    static char *const words[] = {"-sandbox",
                                  "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"};
    if (!is_linked_with(program, "libseccomp.so.2")) {
        layer_fails(LAYER_QEMU, "this QEMU was built without it");
        return command;
    }
    layer_holds(LAYER_QEMU);
    return extended(command, words, 2);
}

static struct jail jail_of(const struct machine *machine, const char *program) {
    struct jail jail = jail_for(machine);
    jail.calls = ROLE_QEMU;
    if (machine->memory_preload != NULL) see(&jail.view, USE_READ, machine->memory_preload);
    see_program(&jail.view, program);
    return jail;
}

static _Noreturn void become_qemu(const struct machine *machine, const struct jail *jail,
                                  const struct template_streams *template, struct tsc_moment begun) {
    const char *program = jail->view.program;
    char **command = machine->command;
    lock_disks(machine);
    if (machine->peers != NULL) command = with_peers(command, machine->peers);
    if (shares.read_only >= 0) command = with_read_only_share(command);
    command = with_sandbox(command, program);
    if (template != NULL) command = with_template(command, template);
    if (machine->memory_preload != NULL) preload(machine->memory_preload);
    enter_jail(jail);
    report_jail(machine);
    if (machine->thaw == NULL) command = with_clock(command, begun);
    if (template != NULL) place_template(template);
    if (shares.all >= 0) put_at(shares.all, SHARE_STREAM);
    if (shares.read_only >= 0) put_at(shares.read_only, READ_ONLY_STREAM);
    if (network_stream >= 0) put_at(network_stream, NETWORK_STREAM);
    if (machine->peers != NULL && fcntl(PEERS_STREAM, F_SETFD, 0) != 0) die_errno("cannot keep a descriptor");
    execv(program, command);
    die_errno("cannot execute %s", program);
}

void run_qemu(const struct machine *machine, pid_t parent) {
    struct tsc_moment begun = tsc_now();
    struct template_streams thawed;
    const struct template_streams *template = machine->template;
    struct starting_network network = {0};
    if (machine->network != NULL) network = start_network(machine);
    if (machine->thaw != NULL) {
        thawed = open_template(machine->thaw, machine->thaw_made);
        template = &thawed;
    }
    uid_t user = prepare_jails(machine, parent);
    if (machine->volume_count > 0) shares = start_virtiofsd(machine);
    /* The file servers write to the guest's memory. */
    if (machine->thaw != NULL && machine->volume_count > 0) thawed.memory = copy_to_memory(thawed.memory);
    struct jail jail = jail_of(machine, find_program(machine->command[0]));
    give_user(&jail, machine, user);
    if (machine->network != NULL) network_stream = await_network(&network);
    if (fork_supervised(NULL) == 0) become_qemu(machine, &jail, template, begun);
    supervise(user, parent);
}
