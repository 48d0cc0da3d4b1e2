// What a program may do in the guest.
#ifndef SECURITY_H
#define SECURITY_H

#include "failure.h"
#include "messages.h"
#include "users.h"

// Turns this process into the user. What it executes next has the capabilities of `start` at most, as root exactly
// these, and its filter. Between this and execve nothing else may be done: the filter holds already.
bool security_become(const struct start *start, const struct identity *identity, struct failure *failure);
// Turns this process into the user, without any capability and with hardly a system call left: kill, wait4,
// rt_sigtimedwait. The user may look at it as at any process of his own, and gains nothing by changing it.
bool security_confine(const struct identity *identity, struct failure *failure);

#endif
