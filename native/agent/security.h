// What a program may do in the guest.
#ifndef SECURITY_H
#define SECURITY_H

#include "failure.h"
#include "users.h"

// Makes the kernel's own controls in /proc read-only or hides them, as Docker does.
int security_mask_paths(struct failure *failure);
// Turns this process into the user, with Docker's default capabilities at most.
int security_become(const struct identity *identity, struct failure *failure);

#endif
