// How work on files ends when it fails.
#ifndef FILE_FAILURE_H
#define FILE_FAILURE_H

#include "../common/guest-protocol.h"

// Writes why to stderr, after the place below the request's path unless that is NULL, and ends the process with what
// the errno means.
__attribute__((noreturn)) void file_give_up(const char *place, int error);

// The same with other words.
__attribute__((noreturn)) void file_give_up_as(enum file_exit code, const char *words);

#endif
