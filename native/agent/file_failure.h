// Failures of file operations.
#ifndef FILE_FAILURE_H
#define FILE_FAILURE_H

#include "../common/guest-protocol.h"

// Prints the reason to stderr, after PLACE (a path below the request's, or NULL), and exits with the code that
// corresponds to the errno.
__attribute__((noreturn)) void file_give_up(const char *place, int error);

// Exits with this code and message.
__attribute__((noreturn)) void file_give_up_as(enum file_exit code, const char *words);

#endif
