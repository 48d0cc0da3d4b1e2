#include "find.h"

#include <dirent.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Characters of an id in the name of its socket. */
enum { SHORT = 12 };

/* NULL when it is empty, as well. */
static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

/* False for what is too long, and for `..`, which Node takes out of paths before links are followed. */
__attribute__((format(printf, 3, 4))) static bool make_path(char *path, size_t size, const char *format, ...) {
    va_list values;
    va_start(values, format);
    int length = vsnprintf(path, size, format, values);
    va_end(values);
    return length > 0 && (size_t)length < size && strstr(path, "..") == NULL;
}

static bool home_folder(char path[PATH_MAX]) {
    const char *own = variable("BOX_HOME"), *data = variable("XDG_DATA_HOME"), *home = variable("HOME");
    if (own != NULL) return make_path(path, PATH_MAX, "%s", own);
    if (data != NULL) return make_path(path, PATH_MAX, "%s/box", data);
    return home != NULL && make_path(path, PATH_MAX, "%s/.local/share/box", home);
}

static bool runtime_folder(char path[PATH_MAX]) {
    const char *own = variable("BOX_RUNTIME"), *runtime = variable("XDG_RUNTIME_DIR"), *temporary = variable("TMPDIR");
    if (own != NULL) return make_path(path, PATH_MAX, "%s", own);
    if (runtime != NULL) return make_path(path, PATH_MAX, "%s/box", runtime);
    if (temporary == NULL) temporary = variable("TMP");
    if (temporary == NULL) temporary = variable("TEMP");
    return make_path(path, PATH_MAX, "%s/box-%u", temporary == NULL ? "/tmp" : temporary, getuid());
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_name(const char *text) {
    if (!is_word(text[0])) return false;
    for (; *text != '\0'; text++)
        if (!is_word(*text) && *text != '.' && *text != '-') return false;
    return true;
}

/* The only entry of a folder that begins so. */
static bool find_unique(const char *folder, const char *beginning, char id[NAME_MAX + 1]) {
    DIR *entries = opendir(folder);
    if (entries == NULL) return false;
    int matches = 0;
    for (struct dirent *entry; matches < 2 && (entry = readdir(entries)) != NULL;) {
        if (strncmp(entry->d_name, beginning, strlen(beginning)) != 0) continue;
        matches++;
        (void)snprintf(id, NAME_MAX + 1, "%s", entry->d_name);
    }
    (void)closedir(entries);
    return matches == 1;
}

static bool find_id(const char *name_or_id, char id[NAME_MAX + 1]) {
    char home[PATH_MAX], path[PATH_MAX];
    if (!is_name(name_or_id) || !home_folder(home)) return false;
    if (!make_path(path, sizeof path, "%s/names/%s", home, name_or_id)) return false;
    ssize_t length = readlink(path, id, NAME_MAX);
    if (length >= 0) {
        id[length] = '\0';
        return true;
    }
    return make_path(path, sizeof path, "%s/boxes", home) && find_unique(path, name_or_id, id);
}

bool find_monitor(const char *name_or_id, struct sockaddr_un *address) {
    char id[NAME_MAX + 1], runtime[PATH_MAX];
    if (!find_id(name_or_id, id) || !is_name(id) || !runtime_folder(runtime)) return false;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    return make_path(address->sun_path, sizeof address->sun_path, "%s/%.*s.sock", runtime, SHORT, id);
}
