#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

// The directory /dev/pts.
static int pairs = -1;

// syscall(2), because C libraries differ in the type of ioctl()'s request.
static int control(int fd, unsigned long request, unsigned long argument) {
    return (int)syscall(SYS_ioctl, fd, request, argument);
}

bool terminal_prepare(struct failure *failure) {
    pairs = open("/dev/pts", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return pairs >= 0 || fail(failure, "mount", "cannot open /dev/pts: %s", strerror(errno));
}

void terminal_resize(int agent, struct terminal size) {
    struct winsize winsize = {.ws_row = size.rows, .ws_col = size.columns};
    (void)control(agent, TIOCSWINSZ, (unsigned long)&winsize);
}

bool terminal_open(const struct terminal *terminal, int *agent, int *program, struct failure *failure) {
    int unlock = 0;
    *agent = openat(pairs, "ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (*agent >= 0 && control(*agent, TIOCSPTLCK, (unsigned long)&unlock) == 0) {
        *program = control(*agent, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    }
    if (*agent < 0 || *program < 0) return fail(failure, "failed", "cannot create a terminal: %s", strerror(errno));
    terminal_resize(*agent, *terminal);
    return true;
}

// Does nothing if a volume hides the box's /dev.
static void show_console(void) {
    struct stat status;
    char path[32];
    if (fstat(0, &status) < 0) return;
    (void)snprintf(path, sizeof path, "/dev/pts/%u", minor(status.st_rdev));
    if (mknod("/dev/console", S_IFREG | 0600, 0) < 0 && errno != EEXIST) return;
    (void)mount(path, "/dev/console", NULL, MS_BIND, NULL);
}

bool terminal_take(bool console, struct failure *failure) {
    if (control(0, TIOCSCTTY, 0) < 0) {
        return fail(failure, "failed", "cannot set the controlling terminal: %s", strerror(errno));
    }
    if (console) show_console();
    return true;
}
