#define _GNU_SOURCE
#include "verbs.h"

#include "../common/cleanup.h"
#include "../common/io.h"
#include "supervise.h"
#include "data-limit.h"
#include "descriptors.h"
#include "die.h"
#include "join.h"
#include "launch-options.h"
#include "moves.h"
#include "slot.h"
#include "wake.h"
#include "presence.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* The monitor's descriptors (src/vm/monitor/descriptors.ts); 0 to 3 are inherited from the caller. */
enum { CONTROL = 4, AGENT = 5, CONSOLE = 6, LOCK = 7, MESSAGES = 8, SLOT = 9 };
/* The VMM's, after the standard ones (vmm.h). */
enum { VMM_AGENT = 3, VMM_LOG = 4, VMM_WARNINGS = 5, VMM_PEERS = 6 };
/* The caller's descriptors: the connection to it, and warnings for the user. */
enum { COMMAND = 3, WARNINGS = 4 };

static char program[] = "box-vmm";
static char report[] = "--report";
static char peers[] = "--peers";

/* Opens descriptors that the caller left closed; otherwise the next file opened would get one of them. */
static void fill_standard(void) {
    int fd = 0;
    do {
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (fd < 0) die_errno("cannot open /dev/null");
        if (fd <= WARNINGS && fcntl(fd, F_SETFD, 0) != 0) die_errno("cannot keep a descriptor");
    } while (fd <= WARNINGS);
    close(fd);
}

/*
 * Waits until the whole launch request has arrived, and leaves it for the monitor to read; from then on the caller may be
 * killed. It is written in a single call, so a partial request is one that is still being written.
 */
static void wait_for_request(size_t size) {
    char bytes[MAX_REQUEST];
    for (;;) {
        struct pollfd caller = {.fd = COMMAND, .events = POLLRDHUP};
        if (poll(&caller, 1, 0) < 0 && errno != EINTR) die_errno("cannot wait for the caller");
        ssize_t got = recv(COMMAND, bytes, size, MSG_PEEK);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) die_errno("cannot read the launch request");
        if ((size_t)got == size) return;
        if (got == 0 || caller.revents != 0) die("the command that starts the box has ended");
        (void)poll(NULL, 0, 1);
    }
}

/*
 * Executes this program again as the VMM, so that the process list shows the VMM's arguments. From the environment, which
 * may contain the user's secrets, it gets only what is needed to find programs and libraries.
 */
static _Noreturn void execute_vmm(char **words, const char *mac) {
    static const char *const names[] = {"PATH", "LD_LIBRARY_PATH"};
    char *environment[sizeof names / sizeof *names + 1] = {NULL};
    size_t variables = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value == NULL) continue;
        if (asprintf(&environment[variables++], "%s=%s", names[i], value) < 0) die_errno("no memory");
    }
    size_t count = length_of(words);
    size_t own = 0;
    char **argv = calloc(count + 5, sizeof *argv);
    if (argv == NULL) die_errno("no memory");
    argv[own++] = program;
    argv[own++] = words[0];
    argv[own++] = report;
    if (mac != NULL) {
        argv[own++] = peers;
        argv[own++] = strdup(mac);
        if (argv[own - 1] == NULL) die_errno("no memory");
    }
    memcpy(argv + own, words + 1, (count - 1) * sizeof *argv);
    execve("/proc/self/exe", argv, environment);
    die_errno("cannot execute /proc/self/exe");
}

/*
 * A stream and two pipes, each with the monitor's end first. The VMM's messages have a pipe of their own, which the guest
 * cannot write to, so it is always clear where a line comes from.
 */
struct streams {
    int agent[2];
    int console[2];
    int messages[2];
};

static struct streams make_streams(void) {
    struct streams streams;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, streams.agent) != 0)
        die_errno("cannot create a socket pair");
    if (pipe2(streams.console, O_CLOEXEC) != 0 || pipe2(streams.messages, O_CLOEXEC) != 0) {
        die_errno("cannot create a pipe");
    }
    for (size_t i = 0; i < 2; i++) {
        streams.agent[i] = move_above(streams.agent[i], false);
        streams.console[i] = move_above(streams.console[i], false);
        streams.messages[i] = move_above(streams.messages[i], false);
    }
    return streams;
}

/* Executes the VMM with descriptors 0 to 6 only, in a session of its own, which the terminal's signals do not reach. */
static _Noreturn void start_vmm(char **words, const struct streams *streams, const struct place_on_switch *place,
                                pid_t parent) {
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0) die_errno("cannot open /dev/null");
    put_at(WARNINGS, VMM_WARNINGS);
    put_at(STDERR_FILENO, VMM_LOG);
    put_at(null, STDIN_FILENO);
    put_at(streams->console[1], STDOUT_FILENO);
    put_at(streams->messages[1], STDERR_FILENO);
    put_at(streams->agent[1], VMM_AGENT);
    bool joined = place->stream >= 0;
    if (joined) put_at(place->stream, VMM_PEERS);
    if (close_range((joined ? VMM_PEERS : VMM_WARNINGS) + 1, ~0U, 0) != 0) die_errno("cannot close descriptors");
    /* Cannot fail, because a forked process is not a process group leader. */
    setsid();
    die_with(parent);
    execute_vmm(words, joined ? place->mac : NULL);
}

/* The VMM must not open its files before they have been moved: it waits for a byte. */
static void await_go(const int go[2]) {
    char byte;
    (void)close(go[1]);
    if (read_some(go[0], &byte, 1) != 1) _exit(EXIT_HELPER);
    (void)close(go[0]);
}

static void set_or_unset(const char *name, const char *value) {
    if ((value == NULL ? unsetenv(name) : setenv(name, value, 1)) != 0) die_errno("cannot set %s", name);
}

static void prepare_monitor(pid_t vmm, const struct launch *request, const struct place_on_switch *place) {
    char number[16];
    snprintf(number, sizeof number, "%d", (int)vmm);
    if (setenv("BOX_VMM_PID", number, 1) != 0) die_errno("cannot set BOX_VMM_PID");
    set_or_unset("BOX_NETWORKS", place->stream < 0 ? NULL : place->text);
    set_or_unset("BOX_SWITCH", place->stream < 0 ? NULL : request->networks->path);
}

static _Noreturn void become_monitor(const struct launch *request) {
    limit_data(request->monitor_data);
    execv(request->monitor[0], request->monitor);
    die_errno("cannot execute the monitor %s", request->monitor[0]);
}

void launch(char **words) {
    struct launch request = parse_launch(words);
    fill_standard();
    lift_data_limit();
    if (request.request > 0) wait_for_request((size_t)request.request);
    int lock = take_lock(request.lock);
    if (lock < 0) {
        remove_files(request.moves);
        refuse_locked(request.lock);
    }
    if (access(request.monitor[0], X_OK) != 0) die_errno("cannot execute the monitor %s", request.monitor[0]);
    struct place_on_switch place = {.stream = -1};
    if (request.networks->path != NULL) place = join_networks(request.networks);
    int control = listen_at(request.socket);
    int slot = await_turn(&(struct turn){request.slots, COMMAND, (size_t)request.request, control});
    struct streams streams = make_streams();
    if (request.wake && !send_wake(streams.agent[0])) die_errno("cannot wake the agent");
    int go[2];
    if (pipe2(go, O_CLOEXEC) != 0) die_errno("cannot create a pipe");
    for (size_t i = 0; i < 2; i++) go[i] = move_above(go[i], false);
    pid_t self = getpid();
    pid_t vmm = fork();
    if (vmm < 0) die_errno("cannot fork");
    if (vmm == 0) {
        await_go(go);
        start_vmm(request.vmm, &streams, &place, self);
    }
    prepare_monitor(vmm, &request, &place);
    /* From here on, nothing is likely to fail. */
    move_files(request.moves);
    if (write(go[1], "", 1) != 1) die_errno("cannot start the VMM");
    put_at(control, CONTROL);
    put_at(streams.agent[0], AGENT);
    put_at(streams.console[0], CONSOLE);
    put_at(lock, LOCK);
    put_at(streams.messages[0], MESSAGES);
    put_at(slot, SLOT);
    if (close_range(SLOT + 1, ~0U, 0) != 0) die_errno("cannot close descriptors");
    become_monitor(&request);
}
