#define _GNU_SOURCE
#include "preloaded.h"

#include "descriptors.h"
#include "die.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

/* By descriptor, because LD_PRELOAD is separated by blanks and colons, and the loader has no quoting. */
void preload(const char *library) {
    char name[32];
    /* The loader would only warn about a library that it cannot preload, and run the program without it. */
    if (dlopen(library, RTLD_NOW | RTLD_LOCAL) == NULL) die("cannot load %s: %s", library, dlerror());
    int fd = open(library, O_RDONLY | O_CLOEXEC);
    if (fd < 0) die_errno("cannot open %s", library);
    snprintf(name, sizeof name, "/proc/self/fd/%d", move_above(fd, true));
    if (setenv("LD_PRELOAD", name, 1) != 0) die_errno("cannot set LD_PRELOAD");
}
