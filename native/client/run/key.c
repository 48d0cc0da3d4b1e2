#include "key.h"
#include "../utf8.h"
#include "command-line.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More are hardly set by anybody; Node handles them. */
enum { MOST_ENTRIES = 64 };

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

static int compare_names(const char *left, const char *right) {
    size_t left_length = strcspn(left, "="), right_length = strcspn(right, "=");
    size_t shorter = left_length < right_length ? left_length : right_length;
    int order = memcmp(left, right, shorter);
    return order != 0 ? order : (left_length > right_length) - (left_length < right_length);
}

/*
 * Adds variables by name: programs pass them on in any order, such as dash in that of its hash table. Variables of the same
 * name stay in their order, because the first is used.
 */
static bool add_environment(struct buffer *key, char *const *environment) {
    const char *entries[MOST_ENTRIES];
    size_t count = 0;
    for (char *const *entry = environment; *entry != NULL; entry++) {
        if (!matters(*entry)) continue;
        if (count == MOST_ENTRIES) return false;
        size_t place = count++;
        for (; place > 0 && compare_names(entries[place - 1], *entry) > 0; place--) entries[place] = entries[place - 1];
        entries[place] = *entry;
    }
    for (size_t i = 0; i < count; i++) add_to_key(key, entries[i], strlen(entries[i]));
    return true;
}

bool add_surroundings(struct buffer *key, char *const *environment) {
    if (!are_absolute()) return false;
    char own[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own);
    if (length <= 0 || (size_t)length == sizeof own) return false;
    add_to_key(key, own, (size_t)length);
    return add_environment(key, environment) && key->whole && is_utf8((const char *)key->bytes, key->length);
}
