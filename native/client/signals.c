#include "signals.h"
#include "../common/cleanup.h"

#include <sys/signalfd.h>

static sigset_t forwarded(void) {
    static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof SIGNALS / sizeof SIGNALS[0]; i++) (void)sigaddset(&set, SIGNALS[i]);
    return set;
}

int catch_signals(sigset_t *before) {
    sigset_t signals = forwarded();
    (void)sigprocmask(SIG_BLOCK, &signals, before);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

void release_signals(int *arrivals, const sigset_t *before) {
    close_fd(arrivals);
    (void)sigprocmask(SIG_SETMASK, before, NULL);
}
