// What a program may do in the guest.
#ifndef SECURITY_H
#define SECURITY_H

#include "failure.h"
#include "messages.h"
#include "users.h"

// Turns this process into the user. What it executes next has the capabilities of `start` at most, as root exactly
// these, and its filter. Between this and execve nothing else may be done: the filter holds already.
int security_become(const struct start *start, const struct identity *identity, struct failure *failure);

#endif
