#include "attach.h"
#include "../common/guest-protocol.h"
#include "../common/io.h"
#include "inbox.h"
#include "output.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_STDIN = 65536 };
/* The Ctrl-C that kills the program. */
enum { KILLING_INTERRUPT = 3 };

static struct inbox inbox;

/* This process's side of the connection. */
struct streams {
    int signals, interrupts;
    bool workload, stdin_open;
    /* Bytes of stdin that may be sent before the program reads more (docs/protocol.md). */
    uint64_t window;
    /* The reader of the output has gone. */
    bool reader_gone;
    struct output out, err;
    /* Output that could not be written yet. */
    struct chunk waiting;
};

/* Ignores errors: receive() notices that the monitor has gone. */
static void send_message(const uint8_t *bytes, size_t length) { (void)send_all(inbox.monitor, bytes, length); }

static void send_signal(int number) {
    static struct request request;
    if (write_signal(&request, number)) send_message(request.bytes, request.length);
}

static void send_kill(void) {
    static struct request request;
    if (write_kill(&request)) send_message(request.bytes, request.length);
}

static void forward_signal(struct streams *streams) {
    struct signalfd_siginfo info;
    if (read(streams->signals, &info, sizeof info) != sizeof info) return;
    bool kills = info.ssi_signo == SIGINT && ++streams->interrupts >= KILLING_INTERRUPT;
    if (kills && streams->workload) send_kill();
    else send_signal(kills ? SIGKILL : (int)info.ssi_signo);
}

/* Forwards some of stdin, or its end as an empty message; an error counts as the end. */
static void forward_stdin(struct streams *streams) {
    static uint8_t message[WIRE_HEADER + MAX_STDIN];
    size_t most = streams->window < MAX_STDIN ? (size_t)streams->window : MAX_STDIN;
    ssize_t length = read(STDIN_FILENO, message + WIRE_HEADER, most);
    if (length < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (length <= 0) streams->stdin_open = false;
    size_t bytes = length < 0 ? 0 : (size_t)length;
    write_header(message, KIND_STDIN, (uint32_t)bytes);
    send_message(message, WIRE_HEADER + bytes);
    streams->window -= bytes;
}

static struct output *waiting_for(struct streams *streams) {
    return streams->waiting.kind == KIND_STDOUT ? &streams->out : &streams->err;
}

/* If the reader has gone, the program gets SIGPIPE, as it would without a box, and the rest of its output is discarded. */
static void forward_output(struct streams *streams) {
    struct chunk *waiting = &streams->waiting;
    while (waiting->length > 0 && !streams->reader_gone) {
        long written = write_some(waiting_for(streams), waiting->bytes, waiting->length);
        if (written == 0) return;
        if (written < 0) {
            streams->reader_gone = true;
            send_signal(SIGPIPE);
            break;
        }
        waiting->bytes += written;
        waiting->length -= (size_t)written;
    }
    waiting->length = 0;
}

/* Handles the messages from the monitor until there are none or output has to wait. Returns true when the program has
 * ended. */
static bool handle_messages(struct streams *streams, struct event *ending) {
    while (streams->waiting.length == 0) {
        struct message message = next_message(&inbox);
        switch (message.what) {
        case MESSAGE_NONE:
            return false;
        case MESSAGE_WINDOW:
            streams->window += message.window;
            break;
        case MESSAGE_OUTPUT:
            streams->waiting = message.output;
            forward_output(streams);
            break;
        case MESSAGE_EVENT:
            *ending = message.event;
            if (ending->kind == EVENT_FAILED || ending->kind == EVENT_EXITED) return true;
        }
    }
    return false;
}

/* Returns false if the stream of messages has ended. Streams that need no waiting get no descriptor, because poll(2)
 * reports errors and hangups even if not asked to. */
static bool wait_and_forward(struct streams *streams, struct warnings *warnings) {
    bool writes = streams->waiting.length > 0;
    struct pollfd fds[] = {
        {.fd = streams->signals, .events = POLLIN},
        {.fd = writes ? -1 : inbox.monitor, .events = POLLIN},
        {.fd = streams->stdin_open && streams->window > 0 ? STDIN_FILENO : -1, .events = POLLIN},
        {.fd = writes ? waiting_for(streams)->fd : -1, .events = POLLOUT},
        {.fd = warnings->fd, .events = POLLIN},
    };
    if (poll(fds, sizeof fds / sizeof fds[0], -1) < 0) return true;
    if (fds[0].revents != 0) forward_signal(streams);
    if (fds[2].revents != 0) forward_stdin(streams);
    if (fds[3].revents != 0) forward_output(streams);
    if (fds[4].revents != 0) pass_warnings(warnings);
    return fds[1].revents == 0 || receive(&inbox);
}

bool attach(int monitor, int signals, struct program *program, struct event *ending) {
    static struct streams streams = {.window = STREAM_WINDOW, .out.fd = STDOUT_FILENO, .err.fd = STDERR_FILENO};
    streams.signals = signals;
    streams.workload = program->workload;
    streams.stdin_open = program->interactive;
    inbox.monitor = monitor;
    if (program->request != NULL) send_message(program->request->bytes, program->request->length);
    do
        if (!wait_and_forward(&streams, &program->warnings)) return false;
    while (!handle_messages(&streams, ending));
    return true;
}

/* Like receive(), but passes on warnings meanwhile. */
static bool receive_beside(struct warnings *warnings) {
    struct pollfd fds[] = {{.fd = inbox.monitor, .events = POLLIN}, {.fd = warnings->fd, .events = POLLIN}};
    while (fds[0].revents == 0) {
        (void)poll(fds, sizeof fds / sizeof fds[0], -1);
        if (fds[1].revents != 0) pass_warnings(warnings);
        fds[1].fd = warnings->fd;
    }
    return receive(&inbox);
}

bool await_start(int monitor, struct program *program, struct event *outcome) {
    inbox.monitor = monitor;
    if (program->request != NULL) send_message(program->request->bytes, program->request->length);
    while (receive_beside(&program->warnings)) {
        for (struct message message = next_message(&inbox); message.what != MESSAGE_NONE;
             message = next_message(&inbox)) {
            if (message.what != MESSAGE_EVENT) continue;
            *outcome = message.event;
            if (outcome->kind == EVENT_STARTED && outcome->program != program->workload) return true;
            if (outcome->kind == EVENT_FAILED || outcome->kind == EVENT_EXITED) return true;
        }
    }
    return false;
}
