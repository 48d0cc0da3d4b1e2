// Terminals of programs: pairs of the box's own /dev/pts.
#ifndef TERMINAL_H
#define TERMINAL_H

#include <sys/types.h>

#include "failure.h"
#include "messages.h"

// While /dev/pts is in sight: what a box mounts over it later does not matter then.
bool terminal_prepare(struct failure *failure);

// Makes a pair of this size: `agent` does not block, `program` is nobody's controlling terminal. Both are close-on-exec.
bool terminal_open(const struct terminal *terminal, int *agent, int *program, struct failure *failure);
// Through the agent's end. The program's processes hear of it by SIGWINCH.
void terminal_resize(int agent, struct terminal size);

// In a child that leads a session: the terminal on descriptor 0 becomes the session's. With `console` it is
// /dev/console as well, in the box's mount namespace.
bool terminal_take(bool console, struct failure *failure);

#endif
