#include "sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "../common/io.h"

static int settings = -1;

bool sysctl_prepare(const char *path, struct failure *failure) {
    settings = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return settings >= 0 || fail(failure, "mount", "cannot open /proc/sys: %s", strerror(errno));
}

void protect_links(void) {
    static const char *const protections[][2] = {
        {"fs/protected_hardlinks", "1"},
        {"fs/protected_symlinks", "1"},
        {"fs/protected_fifos", "1"},
        {"fs/protected_regular", "2"},
    };
    struct failure ignored;
    for (size_t i = 0; i < sizeof protections / sizeof protections[0]; i++) {
        (void)set_sysctl(protections[i][0], protections[i][1], &ignored);
    }
}

// Returns 0 if the kernel has no such setting, or if it is not a number.
static unsigned long long read_sysctl(const char *path) {
    char text[32] = "";
    cleanup_close int fd = openat(settings, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || read_up_to(fd, text, sizeof text - 1) < 0) return 0;
    return strtoull(text, NULL, 10);
}

static void raise_sysctl(const char *path, unsigned long long value) {
    char text[32];
    struct failure ignored;
    if (read_sysctl(path) >= value) return;
    (void)snprintf(text, sizeof text, "%llu", value);
    (void)set_sysctl(path, text, &ignored);
}

// By default, the stacks of threads may use an eighth of the memory, which is fewer threads than there is room for. With
// more than fit as the smallest processes, a box that forks without end would not even respond to being stopped.
static unsigned long long threads_that_fit(void) {
    enum { KERNEL_BYTES = 64 << 20, PROCESS_BYTES = 100 << 10 };
    struct sysinfo info;
    if (sysinfo(&info) < 0) return 0;
    unsigned long long memory = (unsigned long long)info.totalram * info.mem_unit;
    return memory < KERNEL_BYTES ? 0 : (memory - KERNEL_BYTES) / PROCESS_BYTES;
}

void raise_limits(void) {
    // Linux's default, and the maximum of a kernel built for small machines, whose default is an eighth of it.
    raise_sysctl("kernel/pid_max", 32768);
    raise_sysctl("kernel/threads-max", threads_that_fit());
    // The default of hosts with much memory. Watches use the memory of the box itself.
    raise_sysctl("fs/inotify/max_user_watches", 1048576);
}

bool set_sysctl(const char *path, const char *value, struct failure *failure) {
    if (write_text(settings, path, value)) return true;
    if (errno == ENOENT) return fail(failure, "failed", "sysctl: the guest kernel has no %s", path);
    return fail(failure, "failed", "sysctl: cannot set %s to \"%s\": %s", path, value, strerror(errno));
}
