#include "sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../common/io.h"

void protect_links(void) {
    static const char *const settings[][2] = {
        {"fs/protected_hardlinks", "1"},
        {"fs/protected_symlinks", "1"},
        {"fs/protected_fifos", "1"},
        {"fs/protected_regular", "2"},
    };
    struct failure ignored;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        (void)set_sysctl(settings[i][0], settings[i][1], &ignored);
    }
}

bool set_sysctl(const char *path, const char *value, struct failure *failure) {
    cleanup_close int folder = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0 && write_text(folder, path, value)) return true;
    if (errno == ENOENT) return fail(failure, "failed", "sysctl: the guest kernel has no %s", path);
    return fail(failure, "failed", "sysctl: cannot set %s to \"%s\": %s", path, value, strerror(errno));
}
