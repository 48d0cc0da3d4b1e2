// Sessions: each is a program with its streams and its exit.
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "frames.h"
#include "port.h"
#include "streams.h"

enum { MAX_SESSIONS = 128 };

enum session_state { SESSION_FREE, SESSION_STARTING, SESSION_RUNNING };

struct session {
    enum session_state state;
    uint16_t channel;
    bool is_main;
    // Writes to the root are frozen until it exits.
    bool freezes;
    bool exited;
    bool oom;
    // The `errors` pipe is readable.
    bool answered;
    int status;
    pid_t pid;
    int errors;
    struct input input;
    struct output output[2];
};

// Part of a session that an epoll event belongs to: a stream number as in WINDOW, or STREAM_ERRORS.
enum { STREAM_ERRORS = 3 };

struct sessions {
    int epoll;
    // The kernel log, which names the processes that the OOM killer has killed.
    int log;
    // The main program has exited: all others are killed, and no more are started.
    bool ending;
    // Number of sessions that freeze writes to the root.
    int freezing;
    // Only the agent's process is left.
    bool alone;
    struct session all[MAX_SESSIONS];
};

// Call while the boot disk's /dev is visible.
void sessions_open(struct sessions *sessions);
// Starts the program of a START message, and reports failures to the host. Dies if the channel is in use.
void sessions_start(struct sessions *sessions, struct port *port, struct message *message);
// Handles STDIN, WINDOW, SIGNAL and RESIZE. Ignores frames for unknown channels: the session may just have ended.
void sessions_handle(struct sessions *sessions, const struct frame *frame);
void sessions_event(struct sessions *sessions, uint64_t data, uint32_t events);
// Reaps processes that have exited. Calls REAPED for each.
void sessions_reap(struct sessions *sessions, void (*reaped)(void *data, pid_t pid), void *data);
// Whether no session is open.
bool sessions_are_over(const struct sessions *sessions);
// Transfers available data and exit states. Returns whether there was progress.
bool sessions_pump(struct sessions *sessions, struct port *port);

#endif
