#include "oom.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

static bool happened;

static const char KILLED[] = "Killed process ";

int oom_open(void) {
    int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (log < 0 || lseek(log, 0, SEEK_END) < 0) die("failed", "cannot open the kernel log: %s", strerror(errno));
    return log;
}

bool oom_is_about(const char *record, size_t length, pid_t pid) {
    // A program that writes to the log cannot pose as the kernel: its priority always includes a facility.
    if (length < 2 || record[1] != ',') return false;
    const char *at = memmem(record, length, KILLED, sizeof KILLED - 1);
    if (!at) return false;
    at += sizeof KILLED - 1;
    long long killed = 0;
    for (; at < record + length && *at >= '0' && *at <= '9' && killed < 1LL << 32; at++)
        killed = killed * 10 + *at - '0';
    return pid == 0 || killed == pid;
}

bool oom_killed(int log, pid_t pid) {
    char record[8192];
    bool found = false;
    for (;;) {
        ssize_t length = read(log, record, sizeof record);
        if (length > 0) {
            found |= oom_is_about(record, (size_t)length, pid);
            happened |= oom_is_about(record, (size_t)length, 0);
        } else if (length == 0 || (errno != EINTR && errno != EPIPE)) {
            // EPIPE (retried): records were overwritten before they were read.
            return found;
        }
    }
}

bool oom_happened(int log) { return oom_killed(log, -1) || happened; }
