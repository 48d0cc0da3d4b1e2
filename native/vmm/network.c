#define _GNU_SOURCE
#include "network.h"

#include "../common/io.h"
#include "descriptors.h"
#include "die.h"
#include "host.h"
#include "jail.h"
#include "layers.h"
#include "measure.h"
#include "supervise.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* It starts within milliseconds, except on a busy host. */
enum { READY_LIMIT_MS = 20000 };

/* Its command line, with the text of all words. */
struct command {
    char **words;
    size_t count;
    char *text;
    size_t room;
};

enum { OPTIONS = 12, PORT = 5, WORD = 64 };

static void add(struct command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct command *command, const char *format, ...) {
    va_list values;
    va_start(values, format);
    int length = vsnprintf(command->text, command->room, format, values);
    va_end(values);
    if (length < 0 || (size_t)length >= command->room) die("the network process has too many options");
    command->words[command->count++] = command->text;
    command->text += length + 1;
    command->room -= (size_t)length + 1;
}

static void add_port(struct command *command, const struct net_port *port) {
    char address[INET6_ADDRSTRLEN];
    net_port_address(port, "*", address);
    add(command, "--publish");
    add(command, "%s", port->datagram ? "udp" : "tcp");
    add(command, "%s", address);
    add(command, "%u", port->host);
    add(command, "%u", port->guest);
}

/* If started by root, it becomes a user of its own, which the VMM cannot signal or trace either. */
static char **command_of(const struct machine *machine) {
    const struct net_policy *policy = &machine->policy;
    char resolver[INET_ADDRSTRLEN];
    size_t most = OPTIONS + PORT * policy->count;
    size_t room = strlen(machine->libslirp) + most * WORD;
    struct command command = {.words = calloc(most + 1, sizeof *command.words), .text = malloc(room), .room = room};
    if (command.words == NULL || command.text == NULL) die_errno("no memory");
    add(&command, "box-network");
    add(&command, "--libslirp");
    add(&command, "%s", machine->libslirp);
    add(&command, "--mtu");
    add(&command, "%u", machine->mtu);
    if (machine->ipv6) add(&command, "--ipv6");
    if (policy->allow_host) add(&command, "--allow-host");
    if (policy->resolver.s_addr != htonl(INADDR_ANY)) {
        add(&command, "--resolver");
        add(&command, "%s", inet_ntop(AF_INET, &policy->resolver, resolver, sizeof resolver));
    }
    uid_t user = user_of(machine, " network");
    if (user != 0) {
        add(&command, "--user");
        add(&command, "%u", user);
    }
    for (size_t i = 0; i < policy->count; i++) add_port(&command, &policy->ports[i]);
    return command.words;
}

/* READY: -1 if nobody waits for it. */
static _Noreturn void execute(const struct machine *machine, int frames, int ready) {
    char **command = command_of(machine);
    close_vmm_streams(machine);
    apply_host_limits(machine);
    if (ready < 0) ready = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (ready < 0) die_errno("cannot open /dev/null");
    /* The place of the frames may be free, and must not be its own. */
    ready = move_above(ready, false);
    put_at(frames, NETWORK_FRAMES);
    put_at(ready, NETWORK_READY);
    execv(machine->network, command);
    die_errno("cannot execute %s", machine->network);
}

/* Returns the set of its layers. */
static uint32_t await_ready(struct starting_network *network) {
    uint32_t held = 0;
    cleanup_close int ready = take_fd(&network->ready);
    int found = wait_readable(ready, READY_LIMIT_MS);
    if (found < 0) die_errno("cannot wait for the network process");
    if (found == 0) die("the network process does not start");
    if (read_some(ready, &held, sizeof held) == sizeof held) return held;
    int status = 0;
    if (wait_for(network->pid, &status) < 0) die_errno("cannot wait for the network process");
    /* It has given its reason. */
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_HELPER) _exit(EXIT_HELPER);
    die("the network process has ended while it was starting");
}

static struct starting_network start(const struct machine *machine, bool awaited) {
    int streams[2];
    int ready[2];
    struct starting_network network = {.ready = -1};
    cleanup_close int writer = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, streams) != 0) die_errno("cannot make a socket pair");
    network.stream = move_above(streams[0], false);
    cleanup_close int others = move_above(streams[1], false);
    if (awaited) {
        if (pipe2(ready, O_CLOEXEC) != 0) die_errno("cannot make a pipe");
        network.ready = move_above(ready[0], false);
        writer = move_above(ready[1], false);
    }
    pid_t self = getpid();
    network.pid = fork();
    if (network.pid < 0) die_errno("cannot fork");
    if (network.pid > 0) return network;
    die_with(self);
    execute(machine, others, writer);
}

struct starting_network start_network(const struct machine *machine) {
    return start(machine, machine->policy.count > 0);
}

int await_network(struct starting_network *network) {
    if (network->ready >= 0) (void)await_ready(network);
    return network->stream;
}

static bool has(uint32_t held, enum layer layer) { return (held & 1U << layer) != 0; }

static _Noreturn void observe(const struct machine *machine) {
    static const struct {
        enum layer layer;
        const char *name;
    } all[] = {{LAYER_USER, "user"}, {LAYER_ROOT, "mnt"}, {LAYER_IPC, "ipc"}, {LAYER_HOST_NAME, "uts"}};
    char namespaces[64] = "";
    size_t used = 0;
    struct starting_network network = start(machine, true);
    uint32_t held = await_ready(&network);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!has(held, all[i].layer)) continue;
        used +=
            (size_t)snprintf(namespaces + used, sizeof namespaces - used, "%s%s", used == 0 ? "" : ",", all[i].name);
    }
    print_process("network process", network.pid, namespaces, has(held, LAYER_LANDLOCK), has(held, LAYER_SECCOMP));
    if (fflush(stdout) != 0) die_errno("cannot write");
    _exit(0);
}

void measure_network(const struct machine *machine) {
    int status = 0;
    if (machine->network == NULL) return;
    (void)fflush(stdout);
    pid_t child = fork();
    if (child < 0) die_errno("cannot fork");
    if (child == 0) observe(machine);
    if (wait_for(child, &status) < 0) die_errno("cannot wait for a process");
}
