// PID 1 of every guest: makes the box's root, runs programs in it, and carries their streams to the host.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../common/exit-codes.h"
#include "configure.h"
#include "die.h"
#include "frames.h"
#include "messages.h"
#include "net.h"
#include "port.h"
#include "rootfs.h"
#include "session.h"
#include "system_mounts.h"
#include "terminal.h"

enum { EVENTS = 32, FRAME_ROOM = 4096, LAST_SECONDS = 5 };
// Nothing here needs waking. But under QEMU's emulation a guest that is out of memory and has no timer armed was seen to
// spin for minutes, in one of ten cases, before its kernel killed anybody; with one it never did.
enum { TICK_MS = 1000 };
// What an event is about, where it is not a session's.
enum { ABOUT_PORT = 1 << 24, ABOUT_CHILDREN };

struct agent {
    int children;
    // It is in the box's root.
    bool rooted;
    bool configured;
    struct port port;
    struct message message;
    struct configuration configuration;
    struct sessions sessions;
};

static void watch(const struct agent *agent, int fd, uint32_t events, uint64_t about) {
    struct epoll_event event = {.events = events, .data.u64 = about};
    if (epoll_ctl(agent->sessions.epoll, EPOLL_CTL_ADD, fd, &event) < 0) die("failed", "epoll: %s", strerror(errno));
}

static void take_signals(struct agent *agent) {
    sigset_t children;
    (void)sigemptyset(&children);
    (void)sigaddset(&children, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &children, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        die("failed", "signals: %s", strerror(errno));
    }
    agent->children = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    if (agent->children < 0) die("failed", "signalfd: %s", strerror(errno));
}

// Kills what runs, writes everything back and ends the VM.
__attribute__((noreturn)) static void shut_down(void) {
    sigset_t children;
    (void)sigemptyset(&children);
    (void)sigaddset(&children, SIGCHLD);
    (void)kill(-1, SIGKILL);
    // Whoever waits to write dies only then.
    rootfs_thaw();
    // A process that hangs in the kernel does not keep the box from ending.
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

// All that does not depend on the box.
static void make_root(struct agent *agent) {
    struct failure failure;
    if (!rootfs_enter(&failure) || !mount_system(&failure) || !terminal_prepare(&failure) || !net_prepare(&failure)) {
        die_of(&failure);
    }
    agent->rooted = true;
}

static void take_configure(struct agent *agent) {
    struct failure failure;
    struct message *message = &agent->message;
    if (agent->configured) die("failed", "the host configures the box twice");
    if (message->too_large) die("limit", "a CONFIGURE of more than %d MiB", MAX_MESSAGE >> 20);
    if (!agent->rooted && !rootfs_has_image()) die("mount", "there is no image on its disk");
    if (!agent->rooted) make_root(agent);
    if (!parse_configure(message->bytes, message->length, &agent->configuration, &failure) ||
        !configure(&agent->configuration, &failure)) {
        die_of(&failure);
    }
    agent->configured = true;
    port_send(&agent->port, FRAME_CONFIGURED, 0, NULL, 0);
}

static void take_message(struct agent *agent, const struct frame *frame) {
    int complete = message_add(&agent->message, frame);
    if (complete < 0) die("failed", "the host mixes two messages");
    if (complete == 0) return;
    if (frame->type == FRAME_CONFIGURE) {
        take_configure(agent);
    } else if (agent->configured) {
        sessions_start(&agent->sessions, &agent->port, &agent->message);
    } else {
        die("failed", "the host starts a program in a box that is not configured");
    }
    message_clear(&agent->message);
}

// Returns whether there was a frame; leaves frames in the buffer while there is no room for the answers.
static bool take_frames(struct agent *agent) {
    struct frame frame;
    bool any = false;
    while (port_room(&agent->port) >= FRAME_ROOM) {
        int result = port_next(&agent->port, &frame);
        if (result == 0) return any;
        if (result < 0) die("failed", "the host sent what is not a frame of the protocol");
        any = true;
        if (frame.type == FRAME_SHUTDOWN) shut_down();
        if (frame.type == FRAME_CONFIGURE || frame.type == FRAME_START) {
            take_message(agent, &frame);
        } else {
            sessions_take(&agent->sessions, &frame);
        }
    }
    return any;
}

static void take_event(struct agent *agent, const struct epoll_event *event) {
    struct signalfd_siginfo ignored;
    switch (event->data.u64) {
    case ABOUT_PORT:
        agent->port.readable |= (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
        agent->port.writable |= (event->events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
        break;
    case ABOUT_CHILDREN:
        while (read(agent->children, &ignored, sizeof ignored) > 0) continue;
        sessions_reap(&agent->sessions);
        break;
    default:
        sessions_event(&agent->sessions, event->data.u64, event->events);
    }
}

__attribute__((noreturn)) static void run(struct agent *agent) {
    struct epoll_event events[EVENTS];
    for (;;) {
        bool any = port_fill(&agent->port);
        any |= take_frames(agent);
        any |= sessions_pump(&agent->sessions, &agent->port);
        any |= port_flush(&agent->port);
        // The host's end is gone: nobody will ever ask for anything again.
        if (agent->port.closed) shut_down();
        int count = epoll_wait(agent->sessions.epoll, events, EVENTS, any ? 0 : TICK_MS);
        if (count < 0 && errno != EINTR) die("failed", "epoll: %s", strerror(errno));
        for (int i = 0; i < count; i++) take_event(agent, &events[i]);
    }
}

int main(void) {
    // Half a MiB of buffers and room for one message, of which only what is used takes memory.
    static struct agent agent;
    struct failure failure;
    if (getpid() != 1) {
        (void)fputs("box-agent: this is the first process of a box, it does nothing anywhere else\n", stderr);
        return EXIT_DIED;
    }
    if (!mount_for_boot(&failure)) die_of(&failure);
    port_open(&agent.port);
    sessions_open(&agent.sessions);
    // While the CONFIGURE is on its way; unless the image is too, which is there when that comes.
    if (rootfs_has_image()) make_root(&agent);
    take_signals(&agent);
    watch(&agent, agent.port.fd, EPOLLIN | EPOLLOUT | EPOLLET, ABOUT_PORT);
    watch(&agent, agent.children, EPOLLIN, ABOUT_CHILDREN);
    run(&agent);
}
