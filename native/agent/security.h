// Privileges of programs in the guest.
#ifndef SECURITY_H
#define SECURITY_H

#include "failure.h"
#include "messages.h"
#include "users.h"

// Switches this process to the user. The next program it executes has the filter and, as root, the capabilities of
// `start`; as another user it has none. Call right before execve: the filter already applies.
bool security_become(const struct start *start, const struct identity *identity, struct failure *failure);
// Switches this process to the user, without capabilities and with only a few system calls: kill, wait4,
// rt_sigtimedwait, close. The user can inspect it like any of their processes, but gains nothing by taking it over.
bool security_confine(const struct identity *identity, struct failure *failure);

#endif
