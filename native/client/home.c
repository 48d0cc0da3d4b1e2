#include "home.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *variable(const char *name) {
    const char *value = getenv(name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

bool make_path(char *path, size_t size, const char *format, ...) {
    va_list values;
    va_start(values, format);
    int length = vsnprintf(path, size, format, values);
    va_end(values);
    return length > 0 && (size_t)length < size && strstr(path, "..") == NULL;
}

bool home_folder(char path[PATH_MAX]) {
    const char *own = variable("BOX_HOME"), *data = variable("XDG_DATA_HOME"), *home = variable("HOME");
    if (own != NULL) return make_path(path, PATH_MAX, "%s", own);
    if (data != NULL) return make_path(path, PATH_MAX, "%s/box", data);
    return home != NULL && make_path(path, PATH_MAX, "%s/.local/share/box", home);
}
