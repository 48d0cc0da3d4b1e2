// The interpreter of programs for another processor.
#ifndef INTERPRETER_H
#define INTERPRETER_H

#include <stdbool.h>

#include "failure.h"

// Registers the boot disk's interpreter, if it has one. Call while the boot disk is still the root.
bool interpreter_register(struct failure *failure);

#endif
