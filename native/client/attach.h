#ifndef BOX_CLIENT_ATTACH_H
#define BOX_CLIENT_ATTACH_H

#include "request.h"

/* Starts a program in a box and connects it to this process's streams until it ends, as src/cli/terminal.ts does.
 * `signals` is a signalfd. Returns the exit code. */
int attach(int monitor, int signals, const struct request *request, bool interactive);

/* Starts a program in a box and waits until it is running. Returns the exit code. */
int await_start(int monitor, const struct request *request);

#endif
