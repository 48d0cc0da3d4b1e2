// Finds and executes a program, and explains failures.
#ifndef PROGRAM_H
#define PROGRAM_H

#include "failure.h"

// Executes argv[0], looked up in PATH of `env`. Returns only on failure.
void program_execute(char *const *argv, char *const *env, struct failure *failure);
// Returns the value of a variable, or NULL.
const char *program_variable(char *const *env, const char *name);

#endif
