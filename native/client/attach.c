#include "attach.h"
#include "../common/exit-codes.h"
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
    bool stdin_open;
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

static void forward_signal(struct streams *streams) {
    struct signalfd_siginfo info;
    if (read(streams->signals, &info, sizeof info) != sizeof info) return;
    bool kills = info.ssi_signo == SIGINT && ++streams->interrupts >= KILLING_INTERRUPT;
    send_signal(kills ? SIGKILL : (int)info.ssi_signo);
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

static int report_end(const struct event *ending) {
    if (ending->kind == EVENT_FAILED) report_error(ending->message, ending->hint);
    else if (ending->reason.at != NULL) report_warning(ending->reason);
    return exit_code_of(ending);
}

/* Streams that need no waiting get no descriptor, because poll(2) reports errors and hangups even if not asked to. */
static void wait_and_forward(struct streams *streams) {
    bool writes = streams->waiting.length > 0;
    struct pollfd fds[] = {
        {.fd = streams->signals, .events = POLLIN},
        {.fd = writes ? -1 : inbox.monitor, .events = POLLIN},
        {.fd = streams->stdin_open && streams->window > 0 ? STDIN_FILENO : -1, .events = POLLIN},
        {.fd = writes ? waiting_for(streams)->fd : -1, .events = POLLOUT},
    };
    if (poll(fds, sizeof fds / sizeof fds[0], -1) < 0) return;
    if (fds[0].revents != 0) forward_signal(streams);
    if (fds[2].revents != 0) forward_stdin(streams);
    if (fds[3].revents != 0) forward_output(streams);
    if (fds[1].revents != 0) receive(&inbox);
}

int attach(int monitor, int signals, const struct request *request, bool interactive) {
    static struct streams streams = {.window = STREAM_WINDOW, .out.fd = STDOUT_FILENO, .err.fd = STDERR_FILENO};
    streams.signals = signals;
    streams.stdin_open = interactive;
    inbox.monitor = monitor;
    send_message(request->bytes, request->length);
    struct event ending = {0};
    do wait_and_forward(&streams);
    while (!handle_messages(&streams, &ending));
    return report_end(&ending);
}

int await_start(int monitor, const struct request *request) {
    inbox.monitor = monitor;
    send_message(request->bytes, request->length);
    for (;;) {
        receive(&inbox);
        for (struct message message = next_message(&inbox); message.what != MESSAGE_NONE;
             message = next_message(&inbox)) {
            const struct event *event = &message.event;
            if (message.what != MESSAGE_EVENT) continue;
            if (event->kind == EVENT_STARTED && event->program) return 0;
            /* As in Docker, only the exit code of a program that is waited for tells why it could not be started. */
            if (event->kind == EVENT_FAILED) return report_end(event) == EXIT_DIED ? EXIT_DIED : 1;
            if (event->kind == EVENT_EXITED) return report_end(event), 0;
        }
    }
}
