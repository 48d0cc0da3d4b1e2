#define _GNU_SOURCE
#include "data-limit.h"

#include "die.h"
#include "launch-options.h"

#include <stdio.h>
#include <stdlib.h>

/* Tells a monitor's children which limit to lift. */
#define DATA_VARIABLE "BOX_MONITOR_DATA"

/* A monitor that restarts its box passes its limit on. The variable is untrusted: anyone may have set it. */
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

void limit_data(rlim_t max) {
    struct rlimit limit;
    char number[24];
    if (getrlimit(RLIMIT_DATA, &limit) != 0) die_errno("cannot read a limit");
    if (limit.rlim_cur <= max) return;
    snprintf(number, sizeof number, "%llu", (unsigned long long)max);
    if (setenv(DATA_VARIABLE, number, 1) != 0) die_errno("cannot set %s", DATA_VARIABLE);
    /* Last, because a build with sanitizers already exceeds it and could not allocate the variable any more. */
    limit.rlim_cur = max;
    if (setrlimit(RLIMIT_DATA, &limit) != 0) die_errno("cannot limit the monitor's memory");
}
