// Failures as values: a code of docs/protocol.md and one line for the user.
#ifndef FAILURE_H
#define FAILURE_H

#include <stdbool.h>

struct failure {
    char code[16];
    char message[512];
};

// Fills in the failure and returns false, so that `return fail(…)` reads well.
__attribute__((format(printf, 3, 4))) bool fail(struct failure *failure, const char *code, const char *format, ...);

#endif
