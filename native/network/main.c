/*
 * box-network: the network process (docs/networking.md). Carries frames between a guest and sockets of
 * the host. It is started by box-vmm (native/vmm/network.c), loads its library and listens on the published ports, confines
 * itself, and ends with the VMM.
 */
#define _GNU_SOURCE
#include "../common/die.h"
#include "../vmm/jail.h"
#include "../vmm/layers.h"
#include "../vmm/namespaces.h"
#include "../vmm/network.h"
#include "../vmm/sockets.h"
#include "../vmm/supervise.h"
#include "options.h"
#include "stack.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

/* It opens no file once it runs, and writes only messages. */
enum { LARGEST_FILE_MIB = 1, MOST_MEMORY_MIB = 3072 };

static void confine(uid_t user, pid_t parent) {
    const struct jail jail = {
        .alone = true,
        .parent = parent,
        .calls = ROLE_NETWORK,
        .user = {.id = user},
        .largest_mib = LARGEST_FILE_MIB,
    };
    enter_namespaces((struct wanted_namespaces){0});
    enter_jail(&jail);
}

/* The monitor's streams are meant for the VMM. */
static void leave_streams(void) {
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0)
        die_errno("cannot use /dev/null");
    close(nothing);
}

/*
 * All of a guest's sockets need 2 GiB, mostly untouched. A guest that makes libslirp hold more, such as by sending tiny
 * parts of a TCP stream with gaps between them, ends its box.
 */
static void limit_memory(void) {
#ifndef __SANITIZE_ADDRESS__
    const struct rlimit most = {(rlim_t)MOST_MEMORY_MIB << 20, (rlim_t)MOST_MEMORY_MIB << 20};
    if (setrlimit(RLIMIT_DATA, &most) != 0) die_errno("cannot limit memory");
#endif
}

static void report_ready(void) {
    uint32_t held = 0;
    for (int layer = 0; layer < LAYER_COUNT; layer++) held |= layer_is_held((enum layer)layer) ? 1U << layer : 0;
    if (write(NETWORK_READY, &held, sizeof held) != sizeof held) _exit(EXIT_DIED);
    close(NETWORK_READY);
}

int main(int argc, char **argv) {
    pid_t parent = getppid();
    if (argc < 1) die("no arguments");
    struct settings settings = parse_settings(argv + 1);
    settings.stack.stream = NETWORK_FRAMES;
    die_with(parent);
    leave_streams();
    struct slirp_library library = load_slirp(settings.libslirp);
    sockets_limit(settings.policy.count);
    stack_create(&library, &settings.stack);
    net_policy_enforce(&settings.policy);
    /* Before it loses the right to listen on ports below 1024. */
    stack_publish(&settings.policy);
    limit_memory();
    confine(settings.user, parent);
    report_ready();
    stack_run();
    return 0;
}
