#include "lease.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool path_of(char path[PATH_MAX], const struct plan *plan, const struct identity *identity, size_t number) {
    int length = snprintf(path, PATH_MAX, "%s.%s.%zu", plan->leases[number], identity->process, number);
    return length > 0 && length < PATH_MAX;
}

bool take_leases(const struct plan *plan, const struct identity *identity) {
    char path[PATH_MAX];
    struct stat removal;
    bool taken = true;
    for (size_t i = 0; i < plan->lease_count && taken; i++)
        taken = path_of(path, plan, identity, i) && mkdir(path, 0700) == 0;
    /* Only now: a removal takes its lock before it looks for leases. Node waits for it. */
    if (taken && lstat(plan->removal, &removal) != 0 && errno == ENOENT) return true;
    release_leases(plan, identity);
    return false;
}

void release_leases(const struct plan *plan, const struct identity *identity) {
    char path[PATH_MAX];
    for (size_t i = 0; i < plan->lease_count; i++)
        if (path_of(path, plan, identity, i)) (void)rmdir(path);
}
