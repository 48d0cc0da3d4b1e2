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

/* G_LOG_FLAG_FATAL */
enum { LOG_FATAL = 1 << 1 };

#define FIND(member, name) find(handle, name, &library.member, sizeof library.member)

/* A guest can cause any number of messages, which GLib would write to the box's log. A fatal one ends the process. */
static void report_fatal(const char *domain, int level, const char *message, void *opaque) {
    (void)domain, (void)opaque;
    if ((level & LOG_FATAL) != 0) die("libslirp has failed: %s", message);
}

static void silence(void *handle) {
    void *(*set_handler)(void (*)(const char *, int, const char *, void *), void *) = NULL;
    find(handle, "g_log_set_default_handler", &set_handler, sizeof set_handler);
    set_handler(report_fatal, NULL);
}

struct slirp_library load_slirp(const char *path) {
    struct slirp_library library;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) die("cannot load libslirp: %s", dlerror());
    silence(handle);
    FIND(create, "slirp_new");
    FIND(publish, "slirp_add_hostfwd");
    FIND(fill, "slirp_pollfds_fill");
    FIND(poll, "slirp_pollfds_poll");
    FIND(input, "slirp_input");
    return library;
}
