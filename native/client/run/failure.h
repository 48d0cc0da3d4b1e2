#ifndef BOX_CLIENT_FAILURE_H
#define BOX_CLIENT_FAILURE_H

#include "../event.h"

/* Has Node report why a box could not be started or ended, with the hints of src/cli/hints.ts, and exit accordingly. */
_Noreturn void report_failure(const struct event *failure);

/* Does so for a monitor that disconnected: it was killed, or the helper that was to become it has exited with a status
 * (waitpid). `log` is the monitor's log. */
_Noreturn void report_lost_monitor(int status, const char *name, const char *log);

#endif
