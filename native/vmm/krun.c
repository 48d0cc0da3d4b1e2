/* The VMM of the krun driver: calls libkrun's C API (libkrun.h), which ends the process when the guest ends. */
#define _GNU_SOURCE
#include "vmm.h"

#include "lock-disks.h"
#include "window.h"
#include "supervise.h"
#include "die.h"
#include "jail.h"
#include "network.h"
#include "published.h"
#include "root.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/capability.h>
#include <netinet/ether.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Values of libkrun.h, which is not needed to build. */
enum { KERNEL_FORMAT_ELF = 1, DISK_FORMAT_RAW = 0, DISK_FORMAT_VMDK = 2, TSI_INTERNET = 1 };

/* libkrun's levels, from 1 (errors) to 3 (info). Its debug level logs every interrupt. */
static const uint32_t library_levels[LEVEL_COUNT] = {1, 2, 3, 3};

struct library {
    int32_t (*set_log_level)(uint32_t level);
    int32_t (*create_ctx)(void);
    int32_t (*set_vm_config)(uint32_t ctx, uint8_t cpus, uint32_t memory_mib);
    int32_t (*set_kernel)(uint32_t ctx, const char *path, uint32_t format, const char *initrd, const char *cmdline);
    int32_t (*add_disk)(uint32_t ctx, const char *id, const char *path, uint32_t format, bool read_only);
    int32_t (*add_virtiofs)(uint32_t ctx, const char *tag, const char *path);
    int32_t (*set_console_output)(uint32_t ctx, const char *path);
    int32_t (*add_console)(uint32_t ctx);
    int32_t (*add_console_port)(uint32_t ctx, uint32_t console, const char *name, int input, int output);
    int32_t (*disable_vsock)(uint32_t ctx);
    int32_t (*add_vsock)(uint32_t ctx, uint32_t tsi_features);
    int32_t (*add_net)(uint32_t ctx, const char *path, int fd, const uint8_t *mac, uint32_t features, uint32_t flags);
    int32_t (*start_enter)(uint32_t ctx);
};

/* ISO C does not convert object pointers to function pointers; POSIX guarantees the representation. */
static void find(void *library, const char *name, void *function, size_t size) {
    void *symbol = dlsym(library, name);
    if (symbol == NULL) die("libkrun has no %s; version 1.17 or later is needed", name);
    memcpy(function, &symbol, size);
}

#define FIND(member, name) find(handle, name, &library.member, sizeof library.member)

static struct library load(const char *path) {
    struct library library;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) die("cannot load libkrun: %s", dlerror());
    correct_constants(dlsym(handle, "krun_create_ctx"));
    FIND(set_log_level, "krun_set_log_level");
    FIND(create_ctx, "krun_create_ctx");
    FIND(set_vm_config, "krun_set_vm_config");
    FIND(set_kernel, "krun_set_kernel");
    FIND(add_disk, "krun_add_disk2");
    FIND(add_virtiofs, "krun_add_virtiofs");
    FIND(set_console_output, "krun_set_console_output");
    FIND(add_console, "krun_add_virtio_console_multiport");
    FIND(add_console_port, "krun_add_console_port_inout");
    FIND(disable_vsock, "krun_disable_implicit_vsock");
    FIND(add_vsock, "krun_add_vsock");
    FIND(add_net, "krun_add_net_unixstream");
    FIND(start_enter, "krun_start_enter");
    return library;
}

/* libkrun returns a negative errno on failure. */
static uint32_t demand(int32_t result, const char *what) {
    if (result < 0) {
        errno = -result;
        die_errno("libkrun: %s", what);
    }
    return (uint32_t)result;
}

static void add_disks(const struct library *krun, uint32_t ctx, const struct machine *machine) {
    for (size_t i = 0; i < machine->disk_count; i++) {
        const struct disk *disk = &machine->disks[i];
        char id[32];
        snprintf(id, sizeof id, "disk%zu", i);
        uint32_t format = disk->vmdk ? DISK_FORMAT_VMDK : DISK_FORMAT_RAW;
        demand(krun->add_disk(ctx, id, disk->path, format, disk->read_only), disk->path);
    }
}

/* hvc0 is libkrun's own console; the agent's port is on a separate device. */
static void add_consoles(const struct library *krun, uint32_t ctx) {
    demand(krun->set_console_output(ctx, "/proc/self/fd/1"), "console");
    uint32_t device = demand(krun->add_console(ctx), "agent's device");
    demand(krun->add_console_port(ctx, device, "box.agent", AGENT_STREAM, AGENT_STREAM), "agent's port");
}

/* MAC address of the guest's interface; locally administered, the same as QEMU's default. */
static const uint8_t mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

static void add_peers(const struct library *krun, uint32_t ctx, const char *text) {
    struct ether_addr address;
    if (ether_aton_r(text, &address) == NULL) die("--peers: %s is not a MAC address", text);
    demand(krun->add_net(ctx, NULL, PEERS_STREAM, address.ether_addr_octet, 0, 0), "named network");
}

static struct jail jail_of(const struct machine *machine) {
    struct jail jail = jail_for(machine);
    see_if_there(&jail.view, USE_DEVICE, "/dev/kvm");
    jail.calls = ROLE_KRUN | (machine->tsi ? CALLS_INTERNET : 0);
    if (machine->volume_count > 0) {
        jail.volumes = machine->volumes;
        jail.volume_count = machine->volume_count;
        jail.thread_serves = true;
        jail.kept |= of_file_server | CAPABILITY(CAP_SYS_CHROOT);
        jail.calls |= CALLS_SHARE | CALLS_SHARE_JAIL;
        jail.largest_mib = 0;
    }
    return jail;
}

/* libkrun is loaded before the host's root is left, so the jail needs no files of the system. */
static _Noreturn void become_guest(const struct machine *machine, const struct jail *jail, int network) {
    lock_disks(machine);
    struct library krun = load(machine->libkrun);
    enter_jail(jail);
    report_jail(machine);
    demand(krun.set_log_level(library_levels[machine->log_level]), "log level");
    uint32_t ctx = demand(krun.create_ctx(), "context");
    demand(krun.set_vm_config(ctx, machine->cpus, machine->memory_mib), "CPUs and memory");
    demand(krun.set_kernel(ctx, machine->kernel, KERNEL_FORMAT_ELF, NULL, machine->cmdline), machine->kernel);
    add_disks(&krun, ctx, machine);
    add_consoles(&krun, ctx);
    demand(krun.disable_vsock(ctx), "vsock");
    if (machine->tsi) demand(krun.add_vsock(ctx, TSI_INTERNET), "network");
    if (network >= 0) demand(krun.add_net(ctx, NULL, network, mac, 0, 0), "network");
    if (machine->peers != NULL) add_peers(&krun, ctx, machine->peers);
    if (machine->volume_count > 0) demand(krun.add_virtiofs(ctx, SHARE_TAG, SHARE_PATH), "volumes");
    net_policy_enforce(&machine->policy);
    demand(krun.start_enter(ctx), "cannot start the virtual machine");
    _exit(0);
}

void run_krun(const struct machine *machine, pid_t parent) {
    /* Before entering a user namespace, in which root can no longer bind low ports. */
    if (machine->tsi) published_take(&machine->policy);
    struct starting_network network = {0};
    if (machine->network != NULL) network = start_network(machine);
    uid_t user = prepare_jails(machine, parent);
    struct jail jail = jail_of(machine);
    give_user(&jail, machine, user);
    int stream = machine->network != NULL ? await_network(&network) : -1;
    if (fork_supervised(NULL) == 0) become_guest(machine, &jail, stream);
    supervise(user, parent);
}
