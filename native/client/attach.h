#ifndef BOX_CLIENT_ATTACH_H
#define BOX_CLIENT_ATTACH_H

#include "request.h"

/* Begins a conversation and stands between a program in a box and this process's streams until the program ends, as
 * src/cli/terminal.ts does. `signals` is a signalfd. Gives the exit code. */
int attach(int monitor, int signals, const struct request *request, bool interactive);

/* Begins a conversation and waits until the program runs. */
int await_start(int monitor, const struct request *request);

#endif
