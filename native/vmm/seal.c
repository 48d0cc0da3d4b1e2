/* Landlock for passt, as the last step of its own jail: earlier it would forbid the mounts by which passt gets its root. */
#define _GNU_SOURCE
#include "seal.h"

#include "landlock-rights.h"

#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

bool seal_files(void) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return true;
    struct ruleset wanted = {.files = rights_of(version), .scopes = version >= 6 ? SCOPES : 0};
    size_t size = version >= 6 ? sizeof wanted : sizeof wanted.files;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &wanted, size, 0);
    if (ruleset < 0) return false;
    bool sealed = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    return sealed;
}
