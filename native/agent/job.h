// Jobs: sessions in which a child of the agent works instead of a program (archives, copies, tasks, file
// operations, connections).
#ifndef JOB_H
#define JOB_H

#include "failure.h"
#include "messages.h"

// Whether this START requests a job.
bool job_is_meant(const struct start *start);
// Called in the agent: sets up what the child needs.
bool job_provide(const struct start *start, struct failure *failure);
// Called in the child before descriptors are closed. Returns a descriptor to keep open, or -1 with a failure.
int job_prepare(const struct start *start, struct failure *failure);
// Runs the job once all descriptors except the three streams and DESCRIPTOR are closed.
__attribute__((noreturn)) void job_run(const struct start *start, int descriptor);

#endif
