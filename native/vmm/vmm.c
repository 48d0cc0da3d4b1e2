#define _GNU_SOURCE
#include "verbs.h"

#include "data-limit.h"
#include "supervise.h"
#include "die.h"
#include "jail.h"
#include "layers.h"
#include "vmm.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Only the VMM itself gets this stream, not its helper processes. */
static void keep_peers(const struct machine *machine) {
    if (machine->peers != NULL && fcntl(PEERS_STREAM, F_SETFD, FD_CLOEXEC) != 0) die_errno("--peers: no stream");
}

void become_vmm(char **words, pid_t parent) {
    /* A monitor that boots a VM itself has passed its limit on. */
    lift_data_limit();
    if (words[0] != NULL && strcmp(words[0], "krun") == 0) {
        struct machine machine = parse_krun(words + 1);
        keep_peers(&machine);
        run_krun(&machine, parent);
    }
    if (words[0] != NULL && strcmp(words[0], "qemu") == 0) {
        struct machine machine = parse_qemu(words + 1);
        keep_peers(&machine);
        run_qemu(&machine, parent);
    }
    die("unknown command: %s", words[0] == NULL ? "" : words[0]);
}

int check_volumes(const char *virtiofsd, pid_t parent) {
    const struct machine machine = {.volume_count = 1, .virtiofsd = virtiofsd};
    (void)prepare_jails(&machine, parent);
    return 0;
}

void show_layers(pid_t parent) {
    const struct machine machine = {.kvm = true};
    uid_t user = prepare_jails(&machine, parent);
    struct jail jail = jail_for(&machine);
    see_if_there(&jail.view, USE_DEVICE, "/dev/kvm");
    jail.calls = ROLE_KRUN;
    give_user(&jail, &machine, user);
    if (fork_supervised(NULL) == 0) {
        enter_jail(&jail);
        layers_print();
        _exit(0);
    }
    supervise(user, parent);
}
