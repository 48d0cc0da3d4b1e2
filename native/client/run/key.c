#include "key.h"
#include "../utf8.h"
#include "command-line.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool begins_with(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

static bool matters(const char *entry) {
    static const char *const PREFIXES[] = {"BOX_", "XDG_", "HOME=", "PATH=", "LD_"};
    for (size_t i = 0; i < sizeof PREFIXES / sizeof PREFIXES[0]; i++)
        if (begins_with(entry, PREFIXES[i])) return true;
    return false;
}

/* Node resolves relative paths, and takes relative directories off PATH (src/host/home.ts). */
static bool are_absolute(void) {
    static const char *const PATHS[] = {"BOX_HOME",       "BOX_RUNTIME",   "BOX_SETTINGS",    "BOX_RUNTIME_FILES",
                                        "BOX_ENGINE_DIR", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"};
    for (size_t i = 0; i < sizeof PATHS / sizeof PATHS[0]; i++) {
        const char *value = getenv(PATHS[i]);
        if (value != NULL && value[0] != '\0' && value[0] != '/') return false;
    }
    const char *path = getenv("PATH");
    if (path == NULL) return false;
    for (const char *at = path; at != NULL; at = strchr(at, ':')) {
        if (at != path) at++;
        if (*at != '/') return false;
    }
    return true;
}

bool add_surroundings(struct buffer *key, char *const *environment) {
    if (!are_absolute()) return false;
    char own[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own);
    if (length <= 0 || (size_t)length == sizeof own) return false;
    add_to_key(key, own, (size_t)length);
    for (char *const *entry = environment; *entry != NULL; entry++)
        if (matters(*entry)) add_to_key(key, *entry, strlen(*entry));
    return key->whole && is_utf8((const char *)key->bytes, key->length);
}
