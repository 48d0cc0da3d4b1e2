#define _GNU_SOURCE
#include "data-limit.h"

#include "die.h"
#include "launch-options.h"

#include <stdio.h>
#include <stdlib.h>

/* Tells a monitor's children which limit is the monitor's alone. */
#define DATA_VARIABLE "BOX_MONITOR_DATA"

/* A monitor that starts its box again hands its own limit on. Anybody may have set the variable to anything. */
void lift_data_limit(void) {
    struct rlimit limit;
    rlim_t own = MONITOR_DATA;
    const char *text = getenv(DATA_VARIABLE);
    if (getrlimit(RLIMIT_DATA, &limit) != 0) die_errno("cannot read a limit");
    if (text != NULL && !parse_bytes(text, &own)) own = MONITOR_DATA;
    if (limit.rlim_cur != own) return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_DATA, &limit) != 0) die_errno("cannot lift a limit");
}

void limit_data(rlim_t most) {
    struct rlimit limit;
    char number[24];
    if (getrlimit(RLIMIT_DATA, &limit) != 0) die_errno("cannot read a limit");
    if (limit.rlim_cur <= most) return;
    snprintf(number, sizeof number, "%llu", (unsigned long long)most);
    if (setenv(DATA_VARIABLE, number, 1) != 0) die_errno("cannot set %s", DATA_VARIABLE);
    /* Last: a build with sanitizers has more than that already, and could not allocate the variable any more. */
    limit.rlim_cur = most;
    if (setrlimit(RLIMIT_DATA, &limit) != 0) die_errno("cannot limit the monitor's memory");
}
