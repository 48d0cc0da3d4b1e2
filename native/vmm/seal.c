/* Landlock for passt, as the last step of its own jail; before that, it would forbid the mounts for passt's root. */
#define _GNU_SOURCE
#include "seal.h"

#include "../common/cleanup.h"
#include "../common/landlock.h"

#include <sys/syscall.h>
#include <unistd.h>

bool seal_files(void) {
    long version = landlock_version();
    if (version < 1) return true;
    const struct ruleset wanted = rules_of_files(version);
    cleanup_close int ruleset = make_ruleset(version, &wanted);
    return ruleset >= 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
}
