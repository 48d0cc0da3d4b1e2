#ifndef BOX_CLIENT_ATTACH_H
#define BOX_CLIENT_ATTACH_H

#include "event.h"
#include "request.h"
#include "warnings.h"

/* A program of a box. */
struct program {
    /* The request that attaches to it, or starts it; NULL if it has been sent. */
    const struct request *request;
    bool interactive;
    /* Whether it is the box's own, and not one that this command starts. */
    bool workload;
    /* From the helper that starts the box, if this command does. */
    struct warnings warnings;
};

/* Connects a program to this process's streams until it ends, as src/cli/terminal.ts does. `signals` is a signalfd. Returns
 * false if the monitor disconnects before that. */
bool attach(int monitor, int signals, struct program *program, struct event *ending);

/* Waits until a program, which may have been started without a request, is running or has ended. Returns false if the monitor disconnects before that. */
bool await_start(int monitor, struct program *program, struct event *outcome);

#endif
