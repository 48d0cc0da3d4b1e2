// A session's process, from fork to exec.
#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

#include "failure.h"
#include "messages.h"

// The agent's ends of the pipes, close-on-exec and non-blocking. `input` is -1 without FLAG_STDIN, and output[1] is -1
// with a terminal. `errors` ends without data if the program was executed; otherwise it carries one struct failure.
struct process {
    pid_t pid;
    int input;
    int output[2];
    int errors;
};

bool process_start(const struct start *start, struct process *process, struct failure *failure);

#endif
