/*
 * Makes a template: boots a VM that has the devices of a box, but no image, and freezes it once its agent is ready.
 */
#define _GNU_SOURCE
#include "verbs.h"

#include "../common/cleanup.h"
#include "../common/deadline.h"
#include "../common/guest-protocol.h"
#include "../common/io.h"
#include "../common/own.h"
#include "data-limit.h"
#include "descriptors.h"
#include "die.h"
#include "launch-options.h"
#include "presence.h"
#include "qmp.h"
#include "supervise.h"
#include "template.h"
#include "vmm.h"
#include "wake.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct freeze {
    const char *lock;
    const char *into; /* directory in which the template is made */
    const char *to;   /* and its name once it is complete */
    rlim_t limit_s;
    struct machine machine;
};

static struct freeze parse(char **words) {
    struct freeze request = {0};
    for (; words[0] != NULL && words[1] != NULL; words += 2) {
        if (strcmp(words[0], "--lock") == 0) {
            request.lock = words[1];
        } else if (strcmp(words[0], "--into") == 0) {
            request.into = words[1];
        } else if (strcmp(words[0], "--to") == 0) {
            request.to = words[1];
        } else if (strcmp(words[0], "--limit") == 0) {
            if (!parse_bytes(words[1], &request.limit_s)) die("freeze: %s is not a number of seconds", words[1]);
        } else {
            break;
        }
    }
    if (request.lock == NULL || request.into == NULL || request.to == NULL || request.limit_s == 0)
        die("usage: box-vmm freeze --lock FILE --into DIRECTORY --to DIRECTORY --limit SECONDS …");
    request.machine = parse_qemu(words);
    if (request.machine.memory_preload == NULL) die("freeze: --memory-preload is needed");
    if (request.machine.thaw != NULL || request.machine.volume_count > 0) die("freeze: unexpected option");
    return request;
}

static int make_file(int folder, const char *name) {
    int fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) die_errno("cannot create %s", name);
    return move_above(fd, false);
}

/* The host's ends of the streams of a VM. */
struct ends {
    int agent;
    int qmp;
    int state; /* the file */
};

static void make_pair(int pair[2]) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) die_errno("cannot create a socket pair");
    for (size_t i = 0; i < 2; i++) pair[i] = move_above(pair[i], false);
}

/*
 * For a VM that hangs, in seconds; on a busy host, any takes long. At the first limit, it gets another signal than one that
 * somebody has killed.
 */
enum { MOST_CPU_S = 120, KILL_CPU_S = 125 };

static void limit_cpu(void) {
    struct rlimit limit = {.rlim_cur = MOST_CPU_S, .rlim_max = KILL_CPU_S};
    if (setrlimit(RLIMIT_CPU, &limit) != 0) die_errno("cannot set a limit");
}

/* Starts the VM. Its console goes nowhere: nothing in it is the user's. */
static pid_t start(struct freeze *request, struct ends *ends) {
    int agent[2];
    int qmp[2];
    cleanup_close int folder = open_own_folder(request->into);
    if (folder < 0) die_errno("cannot use %s", request->into);
    make_pair(agent);
    make_pair(qmp);
    struct template_streams streams = {.memory = make_file(folder, TEMPLATE_MEMORY), .monitor = qmp[1]};
    int state = make_file(folder, TEMPLATE_STATE);
    pid_t self = getpid();
    pid_t vm = fork();
    if (vm < 0) die_errno("cannot fork");
    if (vm == 0) {
        close(agent[0]);
        close(qmp[0]);
        close(state);
        put_at(agent[1], AGENT_STREAM);
        request->machine.template = &streams;
        limit_cpu();
        run_qemu(&request->machine, self);
    }
    close(agent[1]);
    close(qmp[1]);
    close(streams.memory);
    *ends = (struct ends){.agent = agent[0], .qmp = qmp[0], .state = state};
    return vm;
}

static bool await_hello(int agent, int64_t deadline_ms) {
    static const uint8_t expected[] = {7, 0, 0, 0, FRAME_HELLO,      0, 0, 0, HELLO_VERSION,
                                       2, 0, 0, 0, PROTOCOL_VERSION, 0};
    uint8_t found[sizeof expected];
    size_t length = 0;
    while (length < sizeof found && await_readable(agent, deadline_ms)) {
        ssize_t got = read_some(agent, found + length, sizeof found - length);
        if (got <= 0) return false;
        length += (size_t)got;
    }
    return length == sizeof found && memcmp(found, expected, sizeof found) == 0;
}

/* Takes back what the VM's own user was given. Boxes get copies of these disks. */
static bool close_disks(const struct machine *machine) {
    for (size_t i = 0; i < machine->disk_count; i++) {
        if (machine->disks[i].read_only) continue;
        cleanup_close int disk = open(machine->disks[i].path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (disk < 0 || fchown(disk, (uid_t)-1, getegid()) != 0 || fchmod(disk, 0600) != 0) return false;
    }
    return true;
}

/* How long the processes of a VM may take to end after QEMU, in milliseconds. */
enum { END_MS = 1000 };

/* Ends the VM. Returns whether somebody else has killed it; then its supervisor ends in the same way. */
static bool end(pid_t vm, bool expected) {
    int status = 0;
    cleanup_close int process = expected ? -1 : (int)syscall(SYS_pidfd_open, vm, 0);
    bool ended = process >= 0 && await_readable(process, now_ms() + END_MS);
    kill(vm, SIGKILL);
    (void)wait_for(vm, &status);
    return ended && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* Says why there is no template. That somebody killed the VM is not a fault of its kind (src/vm/template/store.ts). */
static void explain(bool ready, bool killed) {
    if (killed) {
        dprintf(STDERR_FILENO, "the virtual machine was killed\n");
    } else if (ready) {
        dprintf(STDERR_FILENO, "box-vmm: freeze: QEMU could not save the state\n");
    } else {
        dprintf(STDERR_FILENO, "box-vmm: freeze: the agent did not start\n");
    }
}

/* The first HELLO means that the agent has started; one after a WAKE, that it has mounted the layer, if present, and is
 * ready for another. */
static bool make_template(struct freeze *request) {
    struct ends ends;
    int64_t deadline = now_ms() + (int64_t)request->limit_s * 1000;
    pid_t vm = start(request, &ends);
    bool ready = await_hello(ends.agent, deadline) && send_wake(ends.agent) && await_hello(ends.agent, deadline);
    bool frozen = ready && freeze_vm(ends.qmp, ends.state, deadline);
    bool killed = end(vm, frozen);
    if (!frozen) explain(ready, killed);
    return frozen && close_disks(&request->machine);
}

/* Another process may have made the same template in the meantime, which is as good. */
static void finish(const struct freeze *request) {
    if (renameat2(AT_FDCWD, request->into, AT_FDCWD, request->to, RENAME_NOREPLACE) == 0) return;
    if (errno != EEXIST) die_errno("cannot rename %s", request->into);
    (void)remove_tree(request->into);
}

/* Descriptors with a fixed meaning must not be taken by files that are opened here. */
static void fill_low(void) {
    int fd = 0;
    do {
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (fd < 0) die_errno("cannot open /dev/null");
    } while (fd < MEMORY_STREAM);
}

/*
 * Boxes come first. But on a host that is never idle, a lower priority than this one might take longer than the limit. Where
 * the kernel divides the processors among sessions, it ignores the priorities of processes in different ones.
 */
static void yield_to_others(void) {
    static const char NICENESS[] = "5";
    (void)setpriority(PRIO_PROCESS, 0, atoi(NICENESS));
    if (getsid(0) != getpid()) return;
    cleanup_close int session = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
    if (session >= 0) (void)write_all(session, NICENESS, sizeof NICENESS - 1);
}

_Noreturn void freeze(char **words) {
    struct freeze request = parse(words);
    lift_data_limit();
    if (close_range(STDERR_FILENO + 1, ~0U, 0) != 0) die_errno("cannot close descriptors");
    fill_low();
    put_at(AGENT_STREAM, STDIN_FILENO);
    put_at(AGENT_STREAM, STDOUT_FILENO);
    yield_to_others();
    /* Held until this process ends. */
    bool locked = take_lock(request.lock) >= 0;
    if (locked && make_template(&request)) {
        finish(&request);
        _exit(0);
    }
    (void)remove_tree(request.into);
    _exit(locked ? EXIT_HELPER : EXIT_LOCKED);
}
