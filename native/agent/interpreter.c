#include "interpreter.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "../common/io.h"

// On the boot disk of a box for another processor (src/vm/interpreter/boot-disk.ts): the line for binfmt_misc, and a
// directory to mount it at.
#define REGISTRATION "/binfmt.conf"
#define MOUNT_POINT "/binfmt"

enum { LINE_BYTES = 1024 };

static bool cannot_register(struct failure *failure) {
    return fail(failure, "mount", "cannot register the interpreter: %s", strerror(errno));
}

static bool mount_registry(struct failure *failure) {
    if (mount("binfmt_misc", MOUNT_POINT, "binfmt_misc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL) < 0) {
        return fail(failure, "mount", "cannot mount binfmt_misc: %s", strerror(errno));
    }
    return true;
}

// Registrations last as long as binfmt_misc is mounted somewhere. The descriptor keeps the mount, which then has no path.
static bool keep_registry(struct failure *failure) {
    static int registry = -1;
    registry = open(MOUNT_POINT, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return (registry >= 0 && umount2(MOUNT_POINT, MNT_DETACH) == 0) || cannot_register(failure);
}

bool interpreter_register(struct failure *failure) {
    char line[LINE_BYTES];
    cleanup_close int file = open(REGISTRATION, O_RDONLY | O_CLOEXEC);
    if (file < 0) return errno == ENOENT || cannot_register(failure);
    ssize_t length = read(file, line, sizeof line - 1);
    if (length < 0) return cannot_register(failure);
    line[length] = '\0';
    if (!mount_registry(failure)) return false;
    if (!write_text(AT_FDCWD, MOUNT_POINT "/register", line)) return cannot_register(failure);
    return keep_registry(failure);
}
