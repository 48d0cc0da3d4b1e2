/* Applies the host's limits to a VMM. The control group is created and removed by src/vm/limits. */
#define _GNU_SOURCE
#include "host.h"

#include "../common/io.h"
#include "die.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Returns false, with errno set, if the control group cannot be entered. */
static bool enter_group(const char *folder) {
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/cgroup.procs", folder);
    if (length < 0 || (size_t)length >= sizeof path) die("--cgroup: %s is too long", folder);
    /* 0 stands for the writing process. */
    return write_text(AT_FDCWD, path, "0");
}

static void warn(const struct machine *machine, const char *flags) {
    const char *reason = strerror(errno);
    if (!machine->report) die("--cgroup: cannot enter the control group: %s", reason);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    dprintf(WARNING_STREAM, "%s: not in force: the control group cannot be entered: %s\n", flags, reason);
    signal(SIGPIPE, before);
}

static void keep_to_cpus(const char *list) {
    cpu_set_t set;
    CPU_ZERO(&set);
    const char *at = list;
    for (;;) {
        char *end = NULL;
        errno = 0;
        unsigned long cpu = *at >= '0' && *at <= '9' ? strtoul(at, &end, 10) : 0;
        if (end == NULL || errno != 0 || cpu >= CPU_SETSIZE) die("--cpuset: %s is not a list of CPUs", list);
        CPU_SET(cpu, &set);
        if (*end == '\0') break;
        if (*end != ',') die("--cpuset: %s is not a list of CPUs", list);
        at = end + 1;
    }
    if (sched_setaffinity(0, sizeof set, &set) != 0) die_errno("--cpuset: cannot set CPU affinity to %s", list);
}

void apply_host_limits(const struct machine *machine) {
    if (machine->cgroup != NULL && !enter_group(machine->cgroup)) warn(machine, machine->cgroup_flags);
    if (machine->cpuset != NULL) keep_to_cpus(machine->cpuset);
}
