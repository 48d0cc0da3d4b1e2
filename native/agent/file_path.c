#include <string.h>

#include "file.h"

bool file_path_is_plain(const char *path) {
    if (path[0] != '/') return false;
    if (path[1] == '\0') return true;
    for (const char *part = path; *part == '/';) {
        size_t length = strcspn(++part, "/");
        if (length == 0 || (part[0] == '.' && (length == 1 || (length == 2 && part[1] == '.')))) return false;
        part += length;
    }
    return true;
}
