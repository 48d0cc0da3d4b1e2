// Failures as values: an error code of docs/protocol.md and a one-line message for the user.
#ifndef FAILURE_H
#define FAILURE_H

#include <stdbool.h>

struct failure {
    char code[16];
    char message[512];
};

// Fills in the failure and returns false, for use as `return fail(…)`.
__attribute__((format(printf, 3, 4))) bool fail(struct failure *failure, const char *code, const char *format, ...);

#endif
