#include "closed_paths.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// Paths that this kernel does not have are skipped.
static const char *const READ_ONLY[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
static const char *const HIDDEN[] = {
    "/proc/acpi",        "/proc/asound",        "/proc/interrupts", "/proc/kcore",
    "/proc/keys",        "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
    "/proc/sched_debug", "/proc/scsi",          "/sys/firmware",    "/sys/devices/virtual/powercap",
};

static bool left_open;

void leave_paths_open(void) { left_open = true; }

static bool make_read_only(const char *path, struct failure *failure) {
    if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0) {
        return errno == ENOENT || fail(failure, "mount", "cannot bind %s: %s", path, strerror(errno));
    }
    unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (mount(NULL, path, NULL, flags, NULL) == 0) return true;
    return fail(failure, "mount", "cannot make %s read-only: %s", path, strerror(errno));
}

static bool hide(const char *path, struct failure *failure) {
    struct stat status;
    if (stat(path, &status) < 0) return true;
    int result = S_ISDIR(status.st_mode) ? mount("tmpfs", path, "tmpfs", MS_RDONLY, "size=0k")
                                         : mount("/dev/null", path, NULL, MS_BIND, NULL);
    return result == 0 || fail(failure, "mount", "cannot hide %s: %s", path, strerror(errno));
}

bool close_paths(const char *folder, struct failure *failure) {
    size_t length = strlen(folder);
    if (left_open) return true;
    for (size_t i = 0; i < COUNT(READ_ONLY); i++) {
        if (strncmp(READ_ONLY[i], folder, length) == 0 && !make_read_only(READ_ONLY[i], failure)) return false;
    }
    for (size_t i = 0; i < COUNT(HIDDEN); i++) {
        if (strncmp(HIDDEN[i], folder, length) == 0 && !hide(HIDDEN[i], failure)) return false;
    }
    return true;
}
