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

enum { STDIN_MOST = 65536 };
/* From this many Ctrl-C on the program is killed. */
enum { INSIST = 3 };

static struct inbox inbox;

/* This process's side of a conversation. */
struct streams {
    int signals, interrupts;
    bool stdin_open;
    /* Bytes of stdin that may be sent before the program has read some (docs/protocol.md). */
    uint64_t room;
    /* Nobody reads what the program writes. */
    bool gone;
    struct output out, err;
    /* What could not be written yet. */
    struct piece waiting;
};

/* That a monitor has gone is noticed where it is read from. */
static void tell(const uint8_t *bytes, size_t length) { (void)send_all(inbox.monitor, bytes, length); }

static void send_signal(int number) {
    static struct request request;
    if (write_signal(&request, number)) tell(request.bytes, request.length);
}

static void pass_signal(struct streams *streams) {
    struct signalfd_siginfo info;
    if (read(streams->signals, &info, sizeof info) != sizeof info) return;
    bool insists = info.ssi_signo == SIGINT && ++streams->interrupts >= INSIST;
    send_signal(insists ? SIGKILL : (int)info.ssi_signo);
}

/* Passes on a piece of stdin, or its end as an empty one; an error is its end. */
static void pass_stdin(struct streams *streams) {
    static uint8_t message[WIRE_HEADER + STDIN_MOST];
    size_t most = streams->room < STDIN_MOST ? (size_t)streams->room : STDIN_MOST;
    ssize_t length = read(STDIN_FILENO, message + WIRE_HEADER, most);
    if (length < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (length <= 0) streams->stdin_open = false;
    size_t bytes = length < 0 ? 0 : (size_t)length;
    write_header(message, KIND_STDIN, (uint32_t)bytes);
    tell(message, WIRE_HEADER + bytes);
    streams->room -= bytes;
}

static struct output *waiting_for(struct streams *streams) {
    return streams->waiting.kind == KIND_STDOUT ? &streams->out : &streams->err;
}

/* As without a box, a program whose reader has gone gets SIGPIPE; what it writes from then on goes nowhere. */
static void pass_output(struct streams *streams) {
    struct piece *waiting = &streams->waiting;
    while (waiting->length > 0 && !streams->gone) {
        long written = write_some(waiting_for(streams), waiting->bytes, waiting->length);
        if (written == 0) return;
        if (written < 0) {
            streams->gone = true;
            send_signal(SIGPIPE);
            break;
        }
        waiting->bytes += written;
        waiting->length -= (size_t)written;
    }
    waiting->length = 0;
}

/* Takes what the monitor has said, as far as its output can be written. True: the conversation has ended. */
static bool take_said(struct streams *streams, struct event *ending) {
    while (streams->waiting.length == 0) {
        struct said said = next_said(&inbox);
        switch (said.what) {
        case SAID_NOTHING:
            return false;
        case SAID_WINDOW:
            streams->room += said.window;
            break;
        case SAID_OUTPUT:
            streams->waiting = said.output;
            pass_output(streams);
            break;
        case SAID_EVENT:
            *ending = said.event;
            if (ending->kind == EVENT_FAILED || ending->kind == EVENT_EXITED) return true;
        }
    }
    return false;
}

static int conclude(const struct event *ending) {
    if (ending->kind == EVENT_FAILED) report_error(ending->message, ending->hint);
    else if (ending->reason.at != NULL) report_warning(ending->reason);
    return exit_code_of(ending);
}

/* Where nothing has to be waited for there is no descriptor: some of what poll(2) tells is told unasked. */
static void wait_and_pass(struct streams *streams) {
    bool writes = streams->waiting.length > 0;
    struct pollfd fds[] = {
        {.fd = streams->signals, .events = POLLIN},
        {.fd = writes ? -1 : inbox.monitor, .events = POLLIN},
        {.fd = streams->stdin_open && streams->room > 0 ? STDIN_FILENO : -1, .events = POLLIN},
        {.fd = writes ? waiting_for(streams)->fd : -1, .events = POLLOUT},
    };
    if (poll(fds, sizeof fds / sizeof fds[0], -1) < 0) return;
    if (fds[0].revents != 0) pass_signal(streams);
    if (fds[2].revents != 0) pass_stdin(streams);
    if (fds[3].revents != 0) pass_output(streams);
    if (fds[1].revents != 0) receive(&inbox);
}

int attach(int monitor, int signals, const struct request *request, bool interactive) {
    static struct streams streams = {.room = STREAM_WINDOW, .out.fd = STDOUT_FILENO, .err.fd = STDERR_FILENO};
    streams.signals = signals;
    streams.stdin_open = interactive;
    inbox.monitor = monitor;
    tell(request->bytes, request->length);
    struct event ending = {0};
    do wait_and_pass(&streams);
    while (!take_said(&streams, &ending));
    return conclude(&ending);
}

int await_start(int monitor, const struct request *request) {
    inbox.monitor = monitor;
    tell(request->bytes, request->length);
    for (;;) {
        receive(&inbox);
        for (struct said said = next_said(&inbox); said.what != SAID_NOTHING; said = next_said(&inbox)) {
            const struct event *event = &said.event;
            if (said.what != SAID_EVENT) continue;
            if (event->kind == EVENT_STARTED && event->program) return 0;
            if (event->kind == EVENT_FAILED) return conclude(event);
            if (event->kind == EVENT_EXITED) return conclude(event), 0;
        }
    }
}
