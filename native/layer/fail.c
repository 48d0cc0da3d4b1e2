#include "fail.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void fail(const char *kind, const char *text) {
    dprintf(STDOUT_FILENO, "failed %s %s\n", kind, text);
    _exit(1);
}

void fail_errno(void) {
    const char *name = strerrorname_np(errno);
    fail(FAIL_SYSTEM, name == NULL ? "EIO" : name);
}
