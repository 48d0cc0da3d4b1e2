// What the agent does itself in a session, in a child of its own: archives, copies, tasks and work on files.
#ifndef JOB_H
#define JOB_H

#include "failure.h"
#include "messages.h"

// Whether this START asks for one.
bool job_is_meant(const struct start *start);
// In the agent: what the child needs from it.
bool job_provide(const struct start *start, struct failure *failure);
// In the child, while all is still open: makes it ready. Returns a descriptor that is to stay open, or -1.
int job_prepare(const struct start *start, struct failure *failure);
// With the streams in place and DESCRIPTOR the only other that is open.
__attribute__((noreturn)) void job_run(const struct start *start, int descriptor);

#endif
