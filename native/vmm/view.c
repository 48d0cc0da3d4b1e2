#define _GNU_SOURCE
#include "view.h"

#include "../common/cleanup.h"
#include "die.h"

#include <errno.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Directories for programs and libraries; none of them contains a user's files. */
static const char *const system_folders[] = {"/usr",
                                             "/bin",
                                             "/sbin",
                                             "/lib",
                                             "/lib32",
                                             "/lib64",
                                             "/libx32",
                                             "/nix/store",
                                             "/gnu/store",
                                             "/etc/ld.so.cache",
                                             "/etc/alternatives"};

static char *copy(const char *text) {
    char *made = strdup(text);
    if (made == NULL) die_errno("no memory");
    return made;
}

void see(struct view *view, enum use use, const char *path) {
    size_t length = strlen(path);
    if (path[0] != '/' || length >= PATH_MAX) die("%s is not an absolute path", path);
    struct sight *grown = reallocarray(view->sights, view->count + 1, sizeof *grown);
    if (grown == NULL) die_errno("no memory");
    view->sights = grown;
    struct sight *sight = &view->sights[view->count++];
    sight->use = use;
    memcpy(sight->path, path, length + 1);
}

void see_if_there(struct view *view, enum use use, const char *path) {
    if (access(path, F_OK) == 0) see(view, use, path);
}

static bool is_of_the_system(const char *path) {
    for (size_t i = 0; i < sizeof system_folders / sizeof *system_folders; i++) {
        size_t length = strlen(system_folders[i]);
        if (strncmp(path, system_folders[i], length) == 0 && path[length] == '/') return true;
    }
    return false;
}

/* Adds directories next to a program in PREFIX/bin, but never all of PREFIX, which may be a home directory. */
static void see_beside(struct view *view, const char *path) {
    static const char *const folders[] = {"lib", "lib64", "libexec", "share/qemu"};
    cleanup_free char *words = copy(path);
    char *prefix = dirname(dirname(words));
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char folder[PATH_MAX];
        int length = snprintf(folder, sizeof folder, "%s/%s", strcmp(prefix, "/") == 0 ? "" : prefix, folders[i]);
        if (length > 0 && (size_t)length < sizeof folder) see_if_there(view, USE_READ, folder);
    }
}

void see_program(struct view *view, const char *path) {
    view->program = path;
    for (size_t i = 0; i < sizeof system_folders / sizeof *system_folders; i++) {
        see_if_there(view, USE_READ, system_folders[i]);
    }
    if (is_of_the_system(path)) return;
    see(view, USE_READ, path);
    const char *folder = strstr(path, "/bin/");
    if (folder != NULL && strchr(folder + strlen("/bin/"), '/') == NULL) see_beside(view, path);
}

/* Extents are lines of the form `RW 4096 FLAT "/path" 0`; all other lines of a descriptor are ignored. */
void see_extents(struct view *view, const char *descriptor) {
    cleanup_file FILE *lines = fopen(descriptor, "re");
    if (lines == NULL) die_errno("cannot open %s", descriptor);
    cleanup_free char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, lines) >= 0) {
        char *start = strchr(line, '"');
        char *end = start == NULL ? NULL : strrchr(line, '"');
        bool extent = strncmp(line, "RW ", 3) == 0 || strncmp(line, "RDONLY ", 7) == 0;
        if (!extent || end == start) continue;
        *end = '\0';
        see(view, USE_READ, start + 1);
    }
}

char *find_program(const char *name) {
    if (strchr(name, '/') != NULL) {
        char *found = realpath(name, NULL);
        if (found == NULL) die_errno("cannot execute %s", name);
        return found;
    }
    const char *folders = getenv("PATH");
    cleanup_free char *words = copy(folders == NULL ? "/usr/bin:/bin" : folders);
    char *rest = NULL;
    for (char *folder = strtok_r(words, ":", &rest); folder != NULL; folder = strtok_r(NULL, ":", &rest)) {
        char path[PATH_MAX];
        int length = snprintf(path, sizeof path, "%s/%s", folder, name);
        if (length < 0 || (size_t)length >= sizeof path || access(path, X_OK) != 0) continue;
        char *found = realpath(path, NULL);
        if (found != NULL) return found;
    }
    errno = ENOENT;
    die_errno("cannot execute %s", name);
}
