// The guest's OOM killer.
#ifndef OOM_H
#define OOM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// Opens the kernel log at its end. Call while the boot disk's /dev is visible. The log is used because the kernel keeps
// no count, and a memory cgroup per session would slow down every start.
int oom_open(void);
// Whether the OOM killer has killed this process, according to the log records since the last call.
bool oom_killed(int log, pid_t pid);
// Whether it has ever killed any process.
bool oom_happened(int log);
// Whether a log record (`priority,sequence,time,flags;text`) says that it killed this process; `pid` 0: any process.
bool oom_is_about(const char *record, size_t length, pid_t pid);

#endif
