#include "folder.h"
#include "../../common/io.h"
#include "../../common/own.h"
#include "layer.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

__attribute__((format(printf, 2, 3))) static bool path_in(char path[PATH_MAX], const char *format, ...) {
    va_list values;
    va_start(values, format);
    int length = vsnprintf(path, PATH_MAX, format, values);
    va_end(values);
    return length > 0 && length < PATH_MAX;
}

/* The record must survive a power failure, as its lock, log and disk depend on it. */
static bool write_record(const char *path, const struct buffer *record) {
    cleanup_close int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return file >= 0 && write_all(file, record->bytes, record->length) && fsync(file) == 0;
}

static bool fill_folder(const char *layer, const char *folder, const struct buffer *record) {
    char path[PATH_MAX];
    return path_in(path, "%s/box.json", folder) && write_record(path, record) &&
           path_in(path, "%s/upper.ext4", folder) && copy_layer(layer, path);
}

static void remove_files(const char *folder) {
    static const char *const NAMES[] = {"box.json", "upper.ext4", "monitor.log", "lock", "cgroup"};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        if (path_in(path, "%s/%s", folder, NAMES[i])) (void)unlink(path);
    (void)rmdir(folder);
}

static bool creating_folder(char path[PATH_MAX], const struct plan *plan, const char *id) {
    return path_in(path, "%s/boxes/.creating-%d-%s", plan->home, (int)getpid(), id);
}

/* Gives a directory that is complete its name. If that is not possible, it is removed. */
static bool publish(const struct plan *plan, const char *temporary, const char *id, const char *name,
                    char folder[PATH_MAX]) {
    char link[PATH_MAX];
    if (!path_in(folder, "%s/boxes/%s", plan->home, id) || !path_in(link, "%s/names/%s", plan->home, name) ||
        rename(temporary, folder) != 0) {
        remove_files(temporary);
        return false;
    }
    /* The directory first: a name whose box does not exist counts as free. If it is taken, Node finds out whether it is. */
    if (symlink(id, link) == 0) return true;
    remove_files(folder);
    return false;
}

bool make_folder(const struct plan *plan, const char *layer, const struct identity *identity, const char *name,
                 const struct buffer *record, char folder[PATH_MAX]) {
    char temporary[PATH_MAX];
    cleanup_close int sockets = open_own_folder(plan->runtime);
    if (sockets < 0 || !creating_folder(temporary, plan, identity->id) || mkdir(temporary, 0700) != 0) return false;
    if (fill_folder(layer, temporary, record)) return publish(plan, temporary, identity->id, name, folder);
    remove_files(temporary);
    return false;
}

bool is_name_free(const struct plan *plan, const char *name) {
    char link[PATH_MAX];
    struct stat status;
    return path_in(link, "%s/names/%s", plan->home, name) && lstat(link, &status) != 0 && errno == ENOENT;
}

bool take_folder(const struct plan *plan, const char *id) {
    char idle[PATH_MAX], temporary[PATH_MAX];
    return path_in(idle, "%s/pools/%s/%s", plan->home, plan->pool, id) && creating_folder(temporary, plan, id) &&
           rename(idle, temporary) == 0;
}

bool record_in_folder(const struct plan *plan, const char *id, const struct buffer *record) {
    char temporary[PATH_MAX], path[PATH_MAX];
    return creating_folder(temporary, plan, id) && path_in(path, "%s/box.json", temporary) &&
           write_record(path, record);
}

bool publish_folder(const struct plan *plan, const char *id, const char *name, char folder[PATH_MAX]) {
    char temporary[PATH_MAX];
    return creating_folder(temporary, plan, id) && publish(plan, temporary, id, name, folder);
}

void discard_folder(const struct plan *plan, const char *id) {
    char temporary[PATH_MAX];
    if (creating_folder(temporary, plan, id)) remove_files(temporary);
}

void remove_folder(const struct plan *plan, const char *folder, const char *name) {
    char link[PATH_MAX];
    if (path_in(link, "%s/names/%s", plan->home, name)) (void)unlink(link);
    remove_files(folder);
}
