// The end of an agent that cannot go on.
#ifndef DIE_H
#define DIE_H

#include "failure.h"

// One line on the console, an ERROR frame on channel 0 where there is a port, then the VM ends.
__attribute__((noreturn, format(printf, 2, 3))) void die(const char *code, const char *format, ...);
// The same of a failure.
__attribute__((noreturn)) void die_of(const struct failure *failure);
// The port that ERROR frames go to; -1 until there is one.
void die_to(int port);
// Ends the VM. Never returns.
__attribute__((noreturn)) void end_vm(void);

#endif
