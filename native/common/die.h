// Fatal errors.
#ifndef COMMON_DIE_H
#define COMMON_DIE_H

#include "exit-codes.h"

// Prints `PROGRAM: MESSAGE` as one line on stderr and ends the process with EXIT_DIED.
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Does the same, with the text of errno after the message.
_Noreturn void die_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
