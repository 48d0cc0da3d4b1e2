#include "find.h"
#include "../common/cleanup.h"
#include "../common/own.h"
#include "home.h"
#include "report.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Characters of the ID in the name of a box's socket. */
enum { SHORT_ID = 12 };
/* Directories that may contain it. */
enum { RUNTIME_FOLDERS = 3 };

/* The directories that may contain a box's socket, in the order of src/host/runtime-folder.ts. Returns false if there is no
 * directory with this index. */
static bool runtime_folder(int index, char path[PATH_MAX]) {
    const char *own = variable("BOX_RUNTIME"), *session = variable("XDG_RUNTIME_DIR"), *temporary = variable("TMPDIR");
    if (own != NULL) return index == 0 && make_path(path, PATH_MAX, "%s", own);
    if (index == 0 && session != NULL) return make_path(path, PATH_MAX, "%s/box", session);
    if (index == 0) return make_path(path, PATH_MAX, "/run/user/%u/box", geteuid());
    char home[PATH_MAX];
    if (index == 1) return home_folder(home) && make_path(path, PATH_MAX, "%s/run", home);
    if (temporary == NULL) temporary = variable("TMP");
    if (temporary == NULL) temporary = variable("TEMP");
    return make_path(path, PATH_MAX, "%s/box-%u", temporary == NULL ? "/tmp" : temporary, geteuid());
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

/* Finds the only entry of a directory that has this prefix. */
static bool find_unique(const char *folder, const char *prefix, char id[NAME_MAX + 1]) {
    cleanup_dir DIR *entries = opendir(folder);
    if (entries == NULL) return false;
    int matches = 0;
    for (struct dirent *entry; matches < 2 && (entry = readdir(entries)) != NULL;) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0) continue;
        matches++;
        (void)snprintf(id, NAME_MAX + 1, "%s", entry->d_name);
    }
    return matches == 1;
}

static bool find_id(const char *name_or_id, char id[NAME_MAX + 1]) {
    char home[PATH_MAX], path[PATH_MAX];
    /* Docker shows names with a slash before them, and accepts them in that form. */
    if (*name_or_id == '/') name_or_id++;
    if (!is_name(name_or_id) || !home_folder(home)) return false;
    if (!make_path(path, sizeof path, "%s/names/%s", home, name_or_id)) return false;
    ssize_t length = readlink(path, id, NAME_MAX);
    if (length >= 0) {
        id[length] = '\0';
        return true;
    }
    return make_path(path, sizeof path, "%s/boxes", home) && find_unique(path, name_or_id, id);
}

int connect_in(const char *folder, const char *name) {
    struct sockaddr_un address;
    cleanup_close int own = open_own_folder(folder);
    if (own < 0 || !address_in(own, name, &address)) return -1;
    cleanup_close int monitor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (monitor < 0 || connect(monitor, (const struct sockaddr *)&address, sizeof address) != 0) return -1;
    return take_fd(&monitor);
}

int connect_to_monitor(const char *name_or_id) {
    char id[NAME_MAX + 1], name[SHORT_ID + sizeof ".sock"], path[PATH_MAX];
    if (!find_id(name_or_id, id) || !is_name(id)) return -1;
    (void)snprintf(name, sizeof name, "%.*s.sock", SHORT_ID, id);
    for (int i = 0; i < RUNTIME_FOLDERS; i++) {
        int monitor = runtime_folder(i, path) ? connect_in(path, name) : -1;
        if (monitor < 0) continue;
        if (is_own_peer(monitor)) return monitor;
        give_up("the box's monitor belongs to another user", "`box info` shows the directory of the sockets");
    }
    return -1;
}
