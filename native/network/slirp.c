#define _GNU_SOURCE
#include "slirp.h"

#include "../common/die.h"

#include <dlfcn.h>
#include <string.h>

/* ISO C does not convert object pointers to function pointers; POSIX guarantees the representation. */
static void find(void *library, const char *name, void *function, size_t size) {
    void *symbol = dlsym(library, name);
    if (symbol == NULL) die("libslirp has no %s", name);
    memcpy(function, &symbol, size);
}

#define FIND(member, name) find(handle, name, &library.member, sizeof library.member)

struct slirp_library load_slirp(const char *path) {
    struct slirp_library library;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) die("cannot load libslirp: %s", dlerror());
    FIND(create, "slirp_new");
    FIND(publish, "slirp_add_hostfwd");
    FIND(fill, "slirp_pollfds_fill");
    FIND(poll, "slirp_pollfds_poll");
    FIND(input, "slirp_input");
    return library;
}
