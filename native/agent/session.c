#include "session.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "configure.h"
#include "die.h"
#include "messages.h"
#include "namespaces.h"
#include "oom.h"
#include "process.h"
#include "rootfs.h"
#include "terminal.h"

void sessions_open(struct sessions *sessions) {
    sessions->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (sessions->epoll < 0) die("failed", "epoll: %s", strerror(errno));
    sessions->log = oom_open();
    sessions->alone = true;
}

static struct session *find(struct sessions *sessions, uint16_t channel) {
    for (int i = 0; i < MAX_SESSIONS; i++) {
        struct session *session = &sessions->all[i];
        if (session->state != SESSION_FREE && session->channel == channel) return session;
    }
    return NULL;
}

static struct session *find_free(struct sessions *sessions) {
    for (int i = 0; i < MAX_SESSIONS; i++) {
        if (sessions->all[i].state == SESSION_FREE) return &sessions->all[i];
    }
    return NULL;
}

static void release(struct session *session) {
    input_close(&session->input);
    for (int i = 0; i < 2; i++) output_close(&session->output[i]);
    close_fd(&session->errors);
    session->state = SESSION_FREE;
}

static void watch(const struct sessions *sessions, const struct session *session, unsigned stream, int fd,
                  uint32_t events) {
    if (fd < 0) return;
    struct epoll_event event = {.events = events | EPOLLET};
    event.data.u64 = (uint64_t)session->channel << 8 | stream;
    if (epoll_ctl(sessions->epoll, EPOLL_CTL_ADD, fd, &event) < 0) die("failed", "epoll: %s", strerror(errno));
}

static bool start(struct sessions *sessions, struct message *message, struct start *start, struct failure *failure) {
    struct process process;
    if (message->too_large)
        return fail(failure, "limit", "the START message (arguments, environment) is larger than %d MiB",
                    MAX_MESSAGE >> 20);
    if (!parse_start(message->bytes, message->length, start, failure)) return false;
    if (sessions->ending) return fail(failure, "failed", "the box is stopping");
    struct session *session = find_free(sessions);
    if (!session) return fail(failure, "limit", "%d programs are already running in this box", MAX_SESSIONS);
    if (!process_start(start, &process, failure)) return false;

    *session = (struct session){.state = SESSION_STARTING,
                                .channel = message->channel,
                                .is_main = (start->flags & FLAG_MAIN) != 0,
                                .freezes = start->archive == ARCHIVE_STILL_CHANGES,
                                .pid = process.pid,
                                .errors = process.errors};
    sessions->alone = false;
    sessions->freezing += session->freezes;
    if (!input_open(&session->input, process.input)) die("failed", "out of memory for a session");
    for (int i = 0; i < 2; i++) output_open(&session->output[i], process.output[i]);
    watch(sessions, session, 0, process.input, EPOLLOUT);
    watch(sessions, session, 1, process.output[0], EPOLLIN);
    watch(sessions, session, 2, process.output[1], EPOLLIN);
    watch(sessions, session, STREAM_ERRORS, process.errors, EPOLLIN);
    return true;
}

void sessions_start(struct sessions *sessions, struct port *port, struct message *message) {
    struct failure failure;
    struct start parsed = {0};
    if (find(sessions, message->channel))
        die("failed", "the host sent START on channel %d, which is in use", message->channel);
    if (!start(sessions, message, &parsed, &failure)) port_send_error(port, message->channel, &failure);
    free_start(&parsed);
}

// A protocol violation in a session kills its program, not the box.
static void kill_program(const struct session *session) {
    if (!session->exited) (void)kill(session->pid, SIGKILL);
}

static void add_window(struct session *session, const struct frame *frame) {
    if (frame->length != 5 || frame->payload[0] < 1 || frame->payload[0] > 2) return kill_program(session);
    struct output *output = &session->output[frame->payload[0] - 1];
    uint32_t bytes = read_u32(frame->payload + 1);
    if (bytes > STREAM_WINDOW - output->window) return kill_program(session);
    output->window += bytes;
}

void sessions_handle(struct sessions *sessions, const struct frame *frame) {
    struct terminal size;
    struct session *session = find(sessions, frame->channel);
    if (!session) return;
    switch (frame->type) {
    case FRAME_STDIN:
        if (!input_take(&session->input, frame)) kill_program(session);
        break;
    case FRAME_WINDOW:
        add_window(session, frame);
        break;
    case FRAME_SIGNAL:
        if (frame->length != 1 || frame->payload[0] == 0 || frame->payload[0] > 64) return kill_program(session);
        if (!session->exited) (void)kill(session->pid, frame->payload[0]);
        break;
    case FRAME_RESIZE:
        if (!parse_terminal(frame->payload, frame->length, &size)) return kill_program(session);
        // Fails without a terminal, which is harmless.
        terminal_resize(session->output[0].fd, size);
        break;
    default:
        break;
    }
}

void sessions_event(struct sessions *sessions, uint64_t data, uint32_t events) {
    struct session *session = find(sessions, (uint16_t)(data >> 8));
    if (!session) return;
    switch (data & 0xff) {
    case 0:
        session->input.writable = true;
        // The program has closed its stdin: stop now instead of at the next write.
        if (events & EPOLLERR) input_hang_up(&session->input);
        break;
    case STREAM_ERRORS:
        session->answered = true;
        break;
    default:
        session->output[(data & 0xff) - 1].readable = true;
    }
}

static void mark_exited(struct sessions *sessions, pid_t pid, int status) {
    for (int i = 0; i < MAX_SESSIONS; i++) {
        struct session *session = &sessions->all[i];
        if (session->state == SESSION_FREE || session->exited || session->pid != pid) continue;
        session->exited = true;
        session->status = status;
        session->answered = true;
        if (session->freezes && --sessions->freezing == 0) rootfs_thaw();
        session->oom = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && oom_killed(sessions->log, pid);
        for (int stream = 0; stream < 2; stream++) session->output[stream].readable = true;
        if (session->is_main) {
            // Like Docker's OOMKilled, this covers every program of the box.
            session->oom |= oom_happened(sessions->log);
            sessions->ending = true;
            (void)kill(-1, SIGKILL);
        }
    }
}

void sessions_reap(struct sessions *sessions, void (*reaped)(void *data, pid_t pid), void *data) {
    for (;;) {
        int status = 0;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid > 0) {
            mark_exited(sessions, pid, status);
            reaped(data, pid);
        } else if (pid == 0) {
            return;
        } else if (errno == ECHILD) {
            break;
        }
    }
    sessions->alone = true;
    // There are no writers left: drain every pipe one last time.
    for (int i = 0; i < MAX_SESSIONS; i++) {
        for (int stream = 0; stream < 2; stream++) sessions->all[i].output[stream].readable = true;
    }
}

bool sessions_are_over(const struct sessions *sessions) {
    for (int i = 0; i < MAX_SESSIONS; i++) {
        if (sessions->all[i].state != SESSION_FREE) return false;
    }
    return true;
}

// Reads whether the program was executed, and reports it to the host.
static bool settle_start(struct session *session, struct port *port) {
    struct failure failure;
    if (!session->answered || port_space(port) < PORT_RESERVE) return false;
    ssize_t got = read(session->errors, &failure, sizeof failure);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        session->answered = errno == EINTR;
        return false;
    }
    if (got == (ssize_t)sizeof failure) {
        failure.code[sizeof failure.code - 1] = failure.message[sizeof failure.message - 1] = '\0';
        port_send_error(port, session->channel, &failure);
        release(session);
        return true;
    }
    // This fails if it has already exited, which ends the box anyway.
    if (session->is_main && !namespaces_exist()) (void)namespaces_adopt(session->pid, &failure);
    uint8_t pid[4];
    write_u32(pid, (uint32_t)session->pid);
    port_send(port, FRAME_STARTED, session->channel, pid, sizeof pid);
    close_fd(&session->errors);
    session->state = SESSION_RUNNING;
    return true;
}

static bool finish(struct sessions *sessions, struct session *session, struct port *port) {
    if (!session->exited || (session->is_main && !sessions->alone) || port_space(port) < PORT_RESERVE) return false;
    if (!output_drained(&session->output[0]) || !output_drained(&session->output[1])) return false;
    if (session->is_main) write_back();
    bool killed = WIFSIGNALED(session->status);
    uint8_t exit[3] = {
        killed ? EXIT_KILLED : EXIT_EXITED,
        (uint8_t)(killed ? WTERMSIG(session->status) : WEXITSTATUS(session->status)),
        session->oom ? EXIT_FLAG_OOM_KILLED : 0,
    };
    port_send(port, FRAME_STDOUT, session->channel, NULL, 0);
    port_send(port, FRAME_STDERR, session->channel, NULL, 0);
    port_send(port, FRAME_EXIT, session->channel, exit, sizeof exit);
    release(session);
    return true;
}

bool sessions_pump(struct sessions *sessions, struct port *port) {
    bool any = false;
    for (int i = 0; i < MAX_SESSIONS; i++) {
        struct session *session = &sessions->all[i];
        if (session->state == SESSION_STARTING) any |= settle_start(session, port);
        if (session->state != SESSION_RUNNING) continue;
        any |= input_pump(&session->input, port, session->channel);
        any |= output_pump(&session->output[0], port, session->channel, FRAME_STDOUT);
        any |= output_pump(&session->output[1], port, session->channel, FRAME_STDERR);
        any |= finish(sessions, session, port);
    }
    return any;
}
