// Pseudo-terminals for programs, from the box's /dev/pts.
#ifndef TERMINAL_H
#define TERMINAL_H

#include <sys/types.h>

#include "failure.h"
#include "messages.h"

// Opens /dev/pts. Call while it is visible: a box may mount something over it later.
bool terminal_prepare(struct failure *failure);

// Creates a pseudo-terminal of this size, both ends close-on-exec. `agent` is non-blocking; `program` is not a
// controlling terminal yet.
bool terminal_open(const struct terminal *terminal, int *agent, int *program, struct failure *failure);
// Changes the size through the agent's end. The terminal's foreground processes receive SIGWINCH.
void terminal_resize(int agent, struct terminal size);

// Called in a session leader: makes the terminal on descriptor 0 the session's controlling terminal and, with
// `console`, also /dev/console in the box's mount namespace.
bool terminal_take(bool console, struct failure *failure);

#endif
