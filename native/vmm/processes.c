/*
 * `processes`: how each process of a VMM is isolated from the host, for `box info`. This is measured: for each, a process
 * is isolated in the same way, and its state is read from the kernel.
 */
#define _GNU_SOURCE
#include "../common/io.h"
#include "verbs.h"

#include "die.h"
#include "jail.h"
#include "layers.h"
#include "measure.h"
#include "network.h"
#include "supervise.h"
#include "vmm.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const capabilities of_chroot = CAPABILITY(CAP_SYS_CHROOT);

static const struct role {
    const char *name;
    unsigned calls;
    const capabilities *kept; /* and those that it has only while it starts */
    const capabilities *kept_at_first;
    bool own_root;
    bool alone;
} of_krun[] = {
    {"vmm (krun)", ROLE_KRUN | CALLS_INTERNET, NULL, NULL, true, false},
    {"vmm (krun, volumes)", ROLE_KRUN | CALLS_INTERNET | CALLS_SHARE | CALLS_SHARE_JAIL, &of_file_server, &of_chroot,
     true, false},
    {"watcher (krun)", ROLE_WATCHER, NULL, NULL, false, false},
};
static const struct role of_qemu[] = {
    {"vmm (qemu)", ROLE_QEMU, NULL, NULL, true, false},
    {"file server (qemu)", ROLE_VIRTIOFSD, &of_file_server, &of_own_jail, true, false},
    {"watcher (qemu)", ROLE_WATCHER, NULL, NULL, false, false},
};
static const struct role of_switch[] = {{"switch", ROLE_SWITCH, NULL, NULL, true, true}};

/* State that only the process itself can know. */
struct held {
    bool landlock;
    bool seccomp;
};

/* Uses the user of a box without a name, as an example; each box has its own. */
static struct jail jail_of(const struct machine *machine, const struct role *role, uid_t user) {
    struct jail jail = {.alone = true, .user = {.id = user}};
    if (!role->alone) jail = jail_for(machine);
    if ((role->calls & CALLS_KVM) != 0) see_if_there(&jail.view, USE_DEVICE, "/dev/kvm");
    if (role->kept != NULL) {
        jail.kept |= *role->kept | *role->kept_at_first;
    } else if (!role->alone) {
        give_user(&jail, machine, user);
    }
    jail.calls = role->calls;
    return jail;
}

static _Noreturn void stand(const struct machine *machine, const struct role *role, uid_t user, int said, int until) {
    char byte = 0;
    const struct jail jail = jail_of(machine, role, user);
    if (role->own_root) {
        enter_jail(&jail);
    } else {
        become_watcher(user);
        filter_calls(role->calls, NULL, 0);
    }
    struct held held = {layer_is_held(LAYER_LANDLOCK), layer_is_held(LAYER_SECCOMP)};
    if (write(said, &held, sizeof held) != sizeof held || read(until, &byte, 1) != 0) _exit(EXIT_HELPER);
    _exit(0);
}

static void list_namespaces(const struct role *role, char *text, size_t size) {
    static const struct {
        enum layer layer;
        const char *name;
        bool inner;
    } all[] = {
        {LAYER_USER, "user", false}, {LAYER_ROOT, "mnt", true},       {LAYER_PROCESSES, "pid", true},
        {LAYER_IPC, "ipc", false},   {LAYER_HOST_NAME, "uts", false}, {LAYER_NETWORK, "net", false},
    };
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!layer_is_held(all[i].layer) || (all[i].inner && !role->own_root)) continue;
        used += (size_t)snprintf(text + used, size - used, "%s%s", used == 0 ? "" : ",", all[i].name);
    }
}

static void measure(const struct machine *machine, const struct role *role, uid_t user, const int life[2]) {
    int said[2];
    char namespaces[64];
    struct held held = {false, false};
    if (pipe(said) != 0) die_errno("cannot create a pipe");
    pid_t child = fork();
    if (child < 0) die_errno("cannot fork");
    if (child == 0) {
        close(said[0]);
        close(life[1]);
        stand(machine, role, user, said[1], life[0]);
    }
    close(said[1]);
    if (read(said[0], &held, sizeof held) != sizeof held) die("cannot isolate %s", role->name);
    close(said[0]);
    list_namespaces(role, namespaces, sizeof namespaces);
    print_process(role->name, child, namespaces, held.landlock, held.seccomp);
}

/* All processes stay until the last is measured, because the end of a PID namespace's first process ends the others. */
static void measure_all(const struct machine *machine, const struct role *roles, size_t count) {
    int life[2];
    (void)fflush(stdout);
    pid_t self = getpid();
    pid_t child = fork();
    if (child < 0) die_errno("cannot fork");
    if (child == 0) {
        uid_t user = prepare_jails(machine, self);
        if (pipe2(life, O_CLOEXEC) != 0) die_errno("cannot make a pipe");
        for (size_t i = 0; i < count; i++) {
            measure(machine, &roles[i], user, life);
        }
        if (fflush(stdout) != 0) die_errno("cannot write");
        _exit(0);
    }
    int status = 0;
    if (wait_for(child, &status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) _exit(EXIT_HELPER);
}

int show_processes(char **words) {
    const struct machine with_bridge = parse_processes(words);
    const struct machine krun = {.kvm = true, .tsi = true};
    const struct machine others = {0};
    measure_all(&krun, of_krun, sizeof of_krun / sizeof *of_krun);
    measure_all(&others, of_qemu, sizeof of_qemu / sizeof *of_qemu);
    measure_network(&with_bridge);
    measure_all(&others, of_switch, sizeof of_switch / sizeof *of_switch);
    return 0;
}
