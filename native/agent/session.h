// Sessions: a program, its streams, its end.
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
    // Others wait to write to the root meanwhile.
    bool stills;
    bool exited;
    bool oom;
    // The pipe that tells whether the program was executed has something to say.
    bool answered;
    int status;
    pid_t pid;
    int errors;
    struct input input;
    struct output output[2];
};

// What an event of epoll is about: `stream` as in WINDOW, or STREAM_ERRORS.
enum { STREAM_ERRORS = 3 };

struct sessions {
    int epoll;
    // The kernel's, where its OOM killer tells whom it killed.
    int log;
    // The main program has ended: nothing starts any more, everything else is killed.
    bool ending;
    // Sessions that make others wait.
    int stilling;
    // No process but the agent is left.
    bool alone;
    struct session all[MAX_SESSIONS];
};

// While the boot disk's /dev is in sight.
void sessions_open(struct sessions *sessions);
// Starts the program of a START; refusals go to the host. Ends the agent when the channel is in use.
void sessions_start(struct sessions *sessions, struct port *port, struct message *message);
// STDIN, WINDOW, SIGNAL, RESIZE. Frames for a session that has just ended are nobody's fault.
void sessions_take(struct sessions *sessions, const struct frame *frame);
void sessions_event(struct sessions *sessions, uint64_t data, uint32_t events);
// Collects processes that have ended.
void sessions_reap(struct sessions *sessions);
// Moves what can be moved. Returns whether anything was.
bool sessions_pump(struct sessions *sessions, struct port *port);

#endif
