/*
 * `processes`: how each process of a VMM stands to the host, for `box info`. Not told but measured: a process is shut in
 * as that one is, and the kernel says of it what it says of any.
 */
#define _GNU_SOURCE
#include "verbs.h"

#include "die.h"
#include "jail.h"
#include "layers.h"
#include "vmm.h"

#include <fcntl.h>
#include <inttypes.h>
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
    const capabilities *kept; /* and one more set, for what it does before it is at work */
    const capabilities *kept_at_first;
    bool own_root;
    bool alone;
} of_machine[] = {
    {"vmm (krun)", ROLE_KRUN | CALLS_INTERNET, NULL, NULL, true, false},
    {"vmm (krun, volumes)", ROLE_KRUN | CALLS_INTERNET | CALLS_SHARE | CALLS_SHARE_JAIL, &of_file_server, &of_chroot,
     true, false},
    {"vmm (qemu)", ROLE_QEMU, NULL, NULL, true, false},
    {"file server (qemu)", ROLE_VIRTIOFSD, &of_file_server, &of_own_jail, true, false},
    {"watcher", ROLE_WATCHER, NULL, NULL, false, false},
};
static const struct role of_switch[] = {{"switch", ROLE_SWITCH, NULL, NULL, true, true}};

/* What only the process itself knows. */
struct held {
    bool landlock;
    bool seccomp;
};

/* The user is the one of a box without a name; each box has another. */
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
    const struct user watching = {.id = user};
    char byte = 0;
    const struct jail jail = jail_of(machine, role, user);
    if (role->own_root) {
        enter_jail(&jail);
    } else {
        become_user(&watching);
        /* With volumes, whose server stays root. */
        drop_privileges(user == 0 ? 0 : CAPABILITY(CAP_KILL));
        filter_calls(role->calls, NULL, 0);
    }
    struct held held = {layer_is_held(LAYER_LANDLOCK), layer_is_held(LAYER_SECCOMP)};
    if (write(said, &held, sizeof held) != sizeof held || read(until, &byte, 1) != 0) _exit(EXIT_HELPER);
    _exit(0);
}

/* An id of this user namespace, as the host has it. */
static unsigned long outside(unsigned long id) {
    unsigned long inner = 0;
    unsigned long outer = 0;
    unsigned long count = 0;
    FILE *map = fopen("/proc/self/uid_map", "re");
    if (map == NULL) die_errno("cannot read the user namespace");
    while (fscanf(map, "%lu %lu %lu", &inner, &outer, &count) == 3) {
        if (id >= inner && id - inner < count) {
            id = outer + (id - inner);
            break;
        }
    }
    fclose(map);
    return id;
}

static void print_namespaces(const struct role *role) {
    static const struct {
        enum layer layer;
        const char *name;
        bool inner;
    } all[] = {
        {LAYER_USER, "user", false},    {LAYER_ROOT, "mnt", true},      {LAYER_PROCESSES, "pid", true},
        {LAYER_IPC, "ipc", false},      {LAYER_HOST_NAME, "uts", false}, {LAYER_NETWORK, "net", false},
    };
    const char *separator = "";
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!layer_is_held(all[i].layer) || (all[i].inner && !role->own_root)) continue;
        printf("%s%s", separator, all[i].name);
        separator = ",";
    }
}

static void print_status(const struct role *role, pid_t pid, const struct held *held) {
    char path[64];
    char line[256];
    unsigned long uid = 0;
    unsigned seccomp = 0;
    uint64_t effective = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "re");
    if (status == NULL) die_errno("cannot look at a process");
    while (fgets(line, sizeof line, status) != NULL) {
        (void)sscanf(line, "Uid: %lu", &uid);
        (void)sscanf(line, "CapEff: %" SCNx64, &effective);
        (void)sscanf(line, "Seccomp: %u", &seccomp);
    }
    fclose(status);
    printf("%s\t%lu\t", role->name, outside(uid));
    print_namespaces(role);
    printf("\t%" PRIx64 "\t%s\t%s", effective, seccomp == 2 && held->seccomp ? "allow-list" : "none",
           held->landlock ? "yes" : "no");
}

/* core, processes, open files, a file's size: the soft ones. */
static void print_limits(pid_t pid) {
    static const char *const names[] = {"Max core file size", "Max processes", "Max open files", "Max file size"};
    char path[64];
    char line[256];
    snprintf(path, sizeof path, "/proc/%d/limits", (int)pid);
    FILE *limits = fopen(path, "re");
    if (limits == NULL) die_errno("cannot look at a process");
    while (fgets(line, sizeof line, limits) != NULL) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            char soft[32] = "";
            size_t length = strlen(names[i]);
            if (strncmp(line, names[i], length) != 0 || sscanf(line + length, "%31s", soft) != 1) continue;
            printf("\t%s=%s", names[i] + 4, soft);
        }
    }
    fclose(limits);
    putchar('\n');
}

static void measure(const struct machine *machine, const struct role *role, uid_t user, const int life[2]) {
    int said[2];
    struct held held = {false, false};
    if (pipe(said) != 0) die_errno("cannot make a pipe");
    pid_t child = fork();
    if (child < 0) die_errno("cannot fork");
    if (child == 0) {
        close(said[0]);
        close(life[1]);
        stand(machine, role, user, said[1], life[0]);
    }
    close(said[1]);
    if (read(said[0], &held, sizeof held) != sizeof held) die("%s cannot be shut in", role->name);
    close(said[0]);
    print_status(role, child, &held);
    print_limits(child);
}

/* All stay until the last is measured: the end of a process namespace's first would end the others. */
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
    if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) _exit(EXIT_HELPER);
}

int show_processes(void) {
    const struct machine with_network = {.kvm = true};
    const struct machine without = {.own_network = true};
    measure_all(&with_network, of_machine, sizeof of_machine / sizeof *of_machine);
    measure_all(&without, of_switch, sizeof of_switch / sizeof *of_switch);
    return 0;
}
