// The guest's OOM killer.
#ifndef OOM_H
#define OOM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// Opens the kernel's log, at its end; while the boot disk's /dev is in sight. The kernel keeps no count, and memory
// cgroups for every session would cost each start.
int oom_open(void);
// Whether the log tells, since it was last asked, that the OOM killer has killed this process.
bool oom_killed(int log, pid_t pid);
// Whether it has ever killed any.
bool oom_happened(int log);
// Whether one record of the log (`priority,sequence,time,flags;text`) tells so; of any process with `pid` 0.
bool oom_is_about(const char *record, size_t length, pid_t pid);

#endif
