// PID 1 of every guest: sets up the box's root, runs programs in it, and forwards their streams to the host.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../common/exit-codes.h"
#include "configure.h"
#include "die.h"
#include "etc.h"
#include "frames.h"
#include "interpreter.h"
#include "messages.h"
#include "net.h"
#include "port.h"
#include "rehearse.h"
#include "rootfs.h"
#include "session.h"
#include "sidecar.h"
#include "sysctl.h"
#include "system_mounts.h"
#include "terminal.h"
#include "wake.h"

enum { EVENTS = 32, REPLY_BYTES = 4096, LAST_SECONDS = 5 };
// The agent itself needs no tick. But under QEMU's emulation, one in ten guests that ran out of memory with no timer
// armed spun for minutes before its kernel killed a process; with a timer, none ever did.
enum { TICK_MS = 1000 };
// Sources of events that do not belong to a session.
enum { ABOUT_PORT = 1 << 24, ABOUT_CHILDREN, ABOUT_SIDECAR };

struct agent {
    int children;
    // The box's root is mounted and entered.
    bool rooted;
    bool configured;
    // There has been a WAKE, in this VM or its template.
    bool woken;
    // This is a copy of the agent, for a rehearsal.
    bool rehearses;
    // This is the agent of the sidecar.
    bool is_sidecar;
    struct port port;
    struct message message;
    struct configuration configuration;
    struct sessions sessions;
    struct sidecar sidecar;
};

static void watch(const struct agent *agent, int fd, uint32_t events, uint64_t about) {
    struct epoll_event event = {.events = events, .data.u64 = about};
    if (epoll_ctl(agent->sessions.epoll, EPOLL_CTL_ADD, fd, &event) < 0) die("failed", "epoll: %s", strerror(errno));
}

static void block_signals(struct agent *agent) {
    sigset_t children;
    (void)sigemptyset(&children);
    (void)sigaddset(&children, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &children, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        die("failed", "signals: %s", strerror(errno));
    }
    agent->children = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    if (agent->children < 0) die("failed", "signalfd: %s", strerror(errno));
}

// Kills all processes, writes everything back and ends the VM, or just the sidecar.
__attribute__((noreturn)) static void shut_down(const struct agent *agent) {
    // Its programs end with it, and the writable layer belongs to the box.
    if (agent->is_sidecar) _exit(0);
    sigset_t children;
    (void)sigemptyset(&children);
    (void)sigaddset(&children, SIGCHLD);
    (void)kill(-1, SIGKILL);
    // Processes blocked on a frozen file system can only die once it is thawed.
    rootfs_thaw();
    // The time limit keeps a process that hangs in the kernel from blocking the shutdown.
    struct timespec limit = {.tv_sec = LAST_SECONDS};
    for (;;) {
        pid_t pid = waitpid(-1, NULL, WNOHANG);
        if (pid < 0 && errno == ECHILD) break;
        if (pid == 0 && sigtimedwait(&children, NULL, &limit) < 0 && errno == EAGAIN) break;
    }
    write_back();
    rootfs_settle();
    end_vm();
}

// Sets up everything that does not depend on the image.
static void prepare(const struct agent *agent) {
    struct failure failure;
    if (!mount_for_boot(&failure) || !system_prepare(&failure) || !etc_prepare(BUILDING_SITE, &failure) ||
        (!agent->is_sidecar && !net_prepare(&failure))) {
        die_of(&failure);
    }
    raise_limits();
}

// Sets up everything else that does not depend on CONFIGURE.
static void make_root(struct agent *agent) {
    struct failure failure;
    if (!interpreter_register(&failure) || !rootfs_enter(&failure) || !system_place(&failure) ||
        !terminal_prepare(&failure)) {
        die_of(&failure);
    }
    agent->rooted = true;
}

static void handle_configure(struct agent *agent) {
    struct failure failure;
    struct message *message = &agent->message;
    if (agent->configured) die("failed", "the host sent a second CONFIGURE");
    if (message->too_large) die("limit", "the CONFIGURE message is larger than %d MiB", MAX_MESSAGE >> 20);
    if (!agent->rooted) make_root(agent);
    if (!parse_configure(message->bytes, message->length, &agent->configuration, &failure) ||
        (!agent->is_sidecar && !configure_machine(&agent->configuration, &failure)) ||
        !configure(&agent->configuration, &failure)) {
        die_of(&failure);
    }
    agent->configured = true;
    port_send(&agent->port, FRAME_CONFIGURED, 0, NULL, 0);
}

// The VM was copied from a template, whose HELLO went to the process that made the template.
static void handle_wake(struct agent *agent, const struct frame *frame) {
    struct failure failure;
    if (agent->configured || agent->message.open) die("failed", "the host sent WAKE after CONFIGURE");
    if (!wake(frame, &failure)) die_of(&failure);
    // This VM is about to become the template.
    if (!agent->rooted && !agent->woken && !rootfs_prepare_layer(&failure)) die_of(&failure);
    agent->woken = true;
    port_greet(&agent->port);
    (void)port_flush(&agent->port);
    // As after a boot: do this while CONFIGURE is on its way.
    if (!agent->rooted && rootfs_has_image()) make_root(agent);
}

static void run_copy(struct agent *copy, int port);

static void handle_rehearse(const struct agent *agent, const struct frame *frame) {
    static struct agent copy;
    if (agent->configured || agent->message.open) die("failed", "the host sent REHEARSE after CONFIGURE");
    int port = rehearse(frame->payload, frame->length);
    if (port >= 0) run_copy(&copy, port);
}

// The interface is not in a namespace of the copy.
__attribute__((noreturn)) static void end_copy(void) {
    net_clear();
    _exit(0);
}

static void handle_message(struct agent *agent, const struct frame *frame) {
    int complete = message_add(&agent->message, frame);
    if (complete < 0) die("failed", "the host interleaved two messages");
    if (complete == 0) return;
    if (frame->type == FRAME_CONFIGURE) {
        handle_configure(agent);
    } else if (agent->configured) {
        sessions_start(&agent->sessions, &agent->port, &agent->message);
    } else {
        die("failed", "the host sent START before CONFIGURE");
    }
    message_clear(&agent->message);
}

static void handle_sidecar(struct agent *agent, const struct frame *frame) {
    struct failure failure;
    if (!agent->configured || frame->length != 10) die("failed", "the host sent an invalid SIDECAR");
    // The box's program has exited, and everything ends with it.
    if (agent->sessions.ending) return port_send(&agent->port, FRAME_SIDECAR, 0, NULL, 0);
    uint64_t offset = read_u64(frame->payload);
    if (!sidecar_start(&agent->sidecar, offset, read_u16(frame->payload + 8), &failure)) die_of(&failure);
    watch(agent, agent->sidecar.port.fd, EPOLLIN | EPOLLOUT | EPOLLET, ABOUT_SIDECAR);
}

// Frames that the agent of a VM handles, but not that of a sidecar.
static bool concerns_vm(uint8_t type) {
    return type == FRAME_WAKE || type == FRAME_REHEARSE || type == FRAME_PING || type == FRAME_SIDECAR;
}

// Returns whether a frame was handled. Frames stay in the buffer while there is no space for the replies.
static bool handle_frames(struct agent *agent) {
    struct frame frame;
    bool any = false;
    while (port_space(&agent->port) >= REPLY_BYTES && sidecar_has_space(&agent->sidecar)) {
        int result = port_next(&agent->port, &frame);
        if (result == 0) return any;
        if (result < 0) die("failed", "the host sent a malformed frame");
        any = true;
        if (agent->is_sidecar && concerns_vm(frame.type))
            die("failed", "the host sent frame %d to a sidecar", frame.type);
        if (frame.flags & FRAME_FOR_SIDECAR) {
            sidecar_send(&agent->sidecar, &frame);
        } else if (frame.type == FRAME_SHUTDOWN) {
            shut_down(agent);
        } else if (frame.type == FRAME_SIDECAR) {
            handle_sidecar(agent, &frame);
        } else if (frame.type == FRAME_WAKE) {
            handle_wake(agent, &frame);
        } else if (frame.type == FRAME_REHEARSE) {
            handle_rehearse(agent, &frame);
        } else if (frame.type == FRAME_PING) {
            port_send(&agent->port, FRAME_PONG, 0, NULL, 0);
        } else if (frame.type == FRAME_CONFIGURE || frame.type == FRAME_START) {
            handle_message(agent, &frame);
        } else {
            sessions_handle(&agent->sessions, &frame);
        }
    }
    return any;
}

static void note_reaped(void *data, pid_t pid) {
    struct agent *agent = data;
    sidecar_reap(&agent->sidecar, pid);
}

static void handle_event(struct agent *agent, const struct epoll_event *event) {
    struct signalfd_siginfo ignored;
    switch (event->data.u64) {
    case ABOUT_PORT:
        agent->port.readable |= (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
        agent->port.writable |= (event->events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
        break;
    case ABOUT_CHILDREN:
        while (read(agent->children, &ignored, sizeof ignored) > 0) continue;
        sessions_reap(&agent->sessions, note_reaped, agent);
        break;
    case ABOUT_SIDECAR:
        agent->sidecar.port.readable |= (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
        agent->sidecar.port.writable |= (event->events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
        break;
    default:
        sessions_event(&agent->sessions, event->data.u64, event->events);
    }
}

__attribute__((noreturn)) static void run(struct agent *agent) {
    struct epoll_event events[EVENTS];
    for (;;) {
        bool any = port_fill(&agent->port);
        any |= handle_frames(agent);
        any |= sessions_pump(&agent->sessions, &agent->port);
        any |= sidecar_pump(&agent->sidecar, &agent->port);
        any |= port_flush(&agent->port);
        // The host has closed the stream, so no further requests can arrive.
        if (agent->port.closed) shut_down(agent);
        if (agent->rehearses && !any && sessions_are_over(&agent->sessions)) end_copy();
        int count = epoll_wait(agent->sessions.epoll, events, EVENTS, any ? 0 : TICK_MS);
        if (count < 0 && errno != EINTR) die("failed", "epoll: %s", strerror(errno));
        for (int i = 0; i < count; i++) handle_event(agent, &events[i]);
    }
}

// Handles everything from now on.
__attribute__((noreturn)) static void begin(struct agent *agent) {
    block_signals(agent);
    watch(agent, agent->port.fd, EPOLLIN | EPOLLOUT | EPOLLET, ABOUT_PORT);
    watch(agent, agent->children, EPOLLIN, ABOUT_CHILDREN);
    run(agent);
}

static void run_copy(struct agent *copy, int port) {
    struct failure failure;
    if (!rehearse_on_new_disk(&failure)) die_of(&failure);
    copy->rehearses = true;
    prepare(copy);
    port_use(&copy->port, port);
    sessions_open(&copy->sessions);
    make_root(copy);
    begin(copy);
}

// As after a boot, but on a disk in memory. The host learns of a failure if it has been greeted.
__attribute__((noreturn)) static void run_sidecar(struct agent *agent, const char *offset) {
    struct failure failure;
    agent->is_sidecar = true;
    port_use(&agent->port, SIDECAR_STREAM);
    port_greet(&agent->port);
    (void)port_flush(&agent->port);
    if (!rootfs_replace_disk(&failure)) die_of(&failure);
    prepare(agent);
    if (!rootfs_use_sidecar(strtoull(offset, NULL, 10), &failure)) die_of(&failure);
    sessions_open(&agent->sessions);
    make_root(agent);
    begin(agent);
}

int main(int argc, char **argv) {
    // Large (buffers and one message), but only pages that are touched take memory.
    static struct agent agent;
    if (getpid() != 1) {
        (void)fputs("box-agent: this program only runs as process 1 of a guest\n", stderr);
        return EXIT_DIED;
    }
    if (argc == 3 && strcmp(argv[1], SIDECAR_WORD) == 0) run_sidecar(&agent, argv[2]);
    prepare(&agent);
    port_open(&agent.port);
    sessions_open(&agent.sessions);
    // Do this while CONFIGURE is on its way. If the image is still being pulled, it is complete when CONFIGURE arrives.
    if (rootfs_has_image()) make_root(&agent);
    begin(&agent);
}
