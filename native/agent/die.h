// Fatal errors of the agent.
#ifndef DIE_H
#define DIE_H

#include "failure.h"

// Prints one line to the console, sends an ERROR frame on channel 0 if the port is open, and ends the VM.
__attribute__((noreturn, format(printf, 2, 3))) void die(const char *code, const char *format, ...);
// Does the same for a failure.
__attribute__((noreturn)) void die_of(const struct failure *failure);
// Sets the port for ERROR frames; -1: not open yet.
void die_to(int port);
// Ends the VM. Never returns.
__attribute__((noreturn)) void end_vm(void);

#endif
