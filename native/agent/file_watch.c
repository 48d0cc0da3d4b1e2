#include "file_watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/bytes.h"
#include "../common/cleanup.h"
#include "../common/guest-protocol.h"
#include "../common/io.h"
#include "file_failure.h"
#include "file_place.h"
#include "watches.h"

enum {
    EVENTS_BYTES = 64 << 10,
    MAX_DEPTH = 1000,
    // IN_MOVED_TO follows IN_MOVED_FROM immediately, but a read(2) may return between the two.
    PAIR_MS = 50,
    MASK = IN_CREATE | IN_DELETE | IN_MODIFY | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |
           IN_EXCL_UNLINK,
};

static struct {
    int root;
    const char *path;
    bool recursive;
    int inotify;
    // Descriptor of the topmost watch.
    int top;
    bool ended;
    struct watches watches;
    // A pending IN_MOVED_FROM, until it is known whether IN_MOVED_TO follows.
    struct {
        uint32_t cookie;
        bool folder;
        int wd;
        char name[NAME_MAX + 1];
    } moved;
} state = {.inotify = -1};

static struct {
    size_t used;
    uint8_t bytes[EVENTS_BYTES];
} out;

static void flush(void) {
    if (!write_all(STDOUT_FILENO, out.bytes, out.used)) file_give_up(NULL, errno);
    out.used = 0;
}

static void report(enum event_type type, const char *path, const char *from) {
    size_t path_length = strlen(path);
    size_t from_length = strlen(from);
    if (EVENT_HEADER + path_length + from_length > sizeof out.bytes - out.used) flush();
    uint8_t *to = out.bytes + out.used;
    to[0] = (uint8_t)type;
    write_u16(to + 1, (uint16_t)path_length);
    write_u16(to + 3, (uint16_t)from_length);
    memcpy(to + EVENT_HEADER, path, path_length);
    memcpy(to + EVENT_HEADER + path_length, from, from_length);
    out.used += EVENT_HEADER + path_length + from_length;
}

// Reports OVERFLOW if the path is too long; ignores events of watches that no longer exist.
static void report_at(enum event_type type, int wd, const char *name) {
    char path[MAX_PATH + 1];
    if (watches_path(&state.watches, wd, name, path)) report(type, path, "");
    else if (watches_find(&state.watches, wd) >= 0) report(EVENT_OVERFLOW, "", "");
}

static int open_folder(int folder, const char *name) {
    const struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
    };
    return (int)syscall(SYS_openat2, folder, name, &how, sizeof how);
}

// Watches the open directory itself, not its path. Returns the watch descriptor, or -1 with errno set.
static int watch_folder(int folder, int parent, const char *name) {
    if (fchdir(folder) < 0) return -1;
    int wd = inotify_add_watch(state.inotify, ".", MASK | IN_ONLYDIR);
    int error = errno;
    // Leave it: a removed directory does not go away while it is a process's working directory.
    if (fchdir(state.root) < 0) file_give_up(NULL, errno);
    errno = error;
    if (wd < 0 || !watches_set(&state.watches, wd, parent, name)) return -1;
    return wd;
}

// Watches the directories in a directory, and reports its contents as created if it is new. Returns false if some could
// not be watched.
static bool watch_below(int folder, int wd, bool is_new, int depth) {
    int again = fcntl(folder, F_DUPFD_CLOEXEC, 0);
    cleanup_dir DIR *entries = again < 0 ? NULL : fdopendir(again);
    bool whole = true;
    if (!entries) {
        if (again >= 0) (void)close(again);
        return false;
    }
    for (const struct dirent *entry; (entry = readdir(entries));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (is_new) report_at(EVENT_CREATE, wd, entry->d_name);
        if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) continue;
        cleanup_close int below = depth < MAX_DEPTH ? open_folder(folder, entry->d_name) : -1;
        // No longer a directory, or something is mounted there.
        if (below < 0 && depth < MAX_DEPTH && (errno == ENOENT || errno == ENOTDIR || errno == EXDEV)) continue;
        int number = below < 0 ? -1 : watch_folder(below, wd, entry->d_name);
        if (number < 0 && errno == ENOENT) continue;
        if (number < 0 || !watch_below(below, number, is_new, depth + 1)) whole = false;
    }
    return whole;
}

__attribute__((noreturn)) static void fail_too_many(void) {
    file_give_up_as(FILE_EXIT_TOO_MANY_WATCHES, "Too many directories to watch");
}

static void watch_file(void) {
    cleanup_place struct place place = {.folder = -1};
    if (!place_find_target(state.root, state.path, &place) || fchdir(place.folder) < 0) file_give_up(NULL, errno);
    state.top = inotify_add_watch(state.inotify, place.name, MASK | IN_DONT_FOLLOW);
    int error = errno;
    if (fchdir(state.root) < 0) file_give_up(NULL, errno);
    if (state.top < 0 && error == ENOSPC) fail_too_many();
    if (state.top < 0 || !watches_set(&state.watches, state.top, 0, "")) file_give_up(NULL, error);
}

// Starts or restarts watching.
static void start(void) {
    struct stat status;
    close_fd(&state.inotify);
    watches_clear(&state.watches);
    state.moved.cookie = 0;
    state.inotify = inotify_init1(IN_CLOEXEC);
    if (state.inotify < 0 && errno == EMFILE) fail_too_many();
    cleanup_close int seen = place_open(state.root, state.path, O_PATH);
    if (state.inotify < 0 || seen < 0 || fstat(seen, &status) < 0) file_give_up(NULL, errno);
    if (!S_ISDIR(status.st_mode)) return watch_file();
    cleanup_close int folder = place_open(state.root, state.path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    state.top = folder < 0 ? -1 : watch_folder(folder, 0, "");
    if (state.top < 0 && errno == ENOSPC) fail_too_many();
    if (state.top < 0) file_give_up(NULL, errno);
    if (state.recursive && !watch_below(folder, state.top, false, 0)) fail_too_many();
}

// Watches a directory that has appeared below the top.
static void add_folder(int parent, const char *name) {
    char path[MAX_PATH + 1];
    if (!state.recursive || !watches_path(&state.watches, parent, name, path)) return;
    cleanup_close int top = place_open(state.root, state.path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    cleanup_close int folder = top < 0 ? -1 : open_folder(top, path);
    // It is gone or has been replaced, for which there will be an event.
    if (folder < 0) return;
    int wd = watch_folder(folder, parent, name);
    if (wd < 0 ? errno != ENOENT : !watch_below(folder, wd, true, 0)) report(EVENT_OVERFLOW, "", "");
}

static void drop(int wd) { (void)inotify_rm_watch(state.inotify, wd); }

static void drop_folder(int parent, const char *name) {
    int place = watches_find_child(&state.watches, parent, name);
    if (place >= 0) watches_remove_tree(&state.watches, state.watches.all[place].wd, drop);
}

// The pending move led out of the watched tree: report it as a deletion.
static void settle_moved(void) {
    if (state.moved.cookie == 0) return;
    state.moved.cookie = 0;
    report_at(EVENT_DELETE, state.moved.wd, state.moved.name);
    if (state.moved.folder) drop_folder(state.moved.wd, state.moved.name);
}

static void handle_moved_to(const struct inotify_event *event, bool folder) {
    char path[MAX_PATH + 1];
    char from[MAX_PATH + 1];
    if (state.moved.cookie != event->cookie || event->cookie == 0) {
        settle_moved();
        report_at(EVENT_CREATE, event->wd, event->name);
        if (folder) add_folder(event->wd, event->name);
        return;
    }
    state.moved.cookie = 0;
    bool known = watches_path(&state.watches, state.moved.wd, state.moved.name, from) &&
                 watches_path(&state.watches, event->wd, event->name, path);
    if (known) report(EVENT_RENAME, path, from);
    else report(EVENT_OVERFLOW, "", "");
    if (!folder || !state.recursive) return;
    // The move may have replaced an empty directory.
    drop_folder(event->wd, event->name);
    int place = watches_find_child(&state.watches, state.moved.wd, state.moved.name);
    if (place < 0) return add_folder(event->wd, event->name);
    if (!watches_set(&state.watches, state.watches.all[place].wd, event->wd, event->name)) {
        report(EVENT_OVERFLOW, "", "");
    }
}

// Handles an event about a watched directory or file itself.
static void handle_self(const struct inotify_event *event) {
    bool is_top = event->wd == state.top;
    if (is_top && event->mask & (IN_ATTRIB | IN_MODIFY)) report(EVENT_MODIFY, "", "");
    if (is_top && event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) {
        report(EVENT_DELETE, "", "");
        state.ended = true;
    }
    if (event->mask & IN_IGNORED) watches_remove(&state.watches, event->wd);
}

static void handle_event(const struct inotify_event *event) {
    bool folder = (event->mask & IN_ISDIR) != 0;
    if (event->mask & IN_MOVED_TO) return handle_moved_to(event, folder);
    settle_moved();
    if (event->len == 0) return handle_self(event);
    if (event->mask & IN_MOVED_FROM) {
        state.moved.cookie = event->cookie;
        state.moved.folder = folder;
        state.moved.wd = event->wd;
        (void)snprintf(state.moved.name, sizeof state.moved.name, "%s", event->name);
        return;
    }
    if (event->mask & IN_CREATE) {
        report_at(EVENT_CREATE, event->wd, event->name);
        if (folder) add_folder(event->wd, event->name);
    } else if (event->mask & (IN_MODIFY | IN_ATTRIB)) {
        report_at(EVENT_MODIFY, event->wd, event->name);
    } else if (event->mask & IN_DELETE) {
        report_at(EVENT_DELETE, event->wd, event->name);
    }
}

// Returns false if events were lost, so that watching has to be restarted.
static bool handle_events(const uint8_t *bytes, size_t length) {
    for (size_t at = 0; at < length && !state.ended;) {
        const struct inotify_event *event = (const void *)(bytes + at);
        at += sizeof *event + event->len;
        if (event->mask & IN_Q_OVERFLOW) return false;
        handle_event(event);
    }
    return true;
}

void watch_files(int root, const char *path, bool recursive) {
    static _Alignas(struct inotify_event) uint8_t bytes[EVENTS_BYTES];
    state.root = root;
    state.path = path;
    state.recursive = recursive;
    start();
    report(EVENT_READY, "", "");
    while (!state.ended) {
        struct pollfd more = {.fd = state.inotify, .events = POLLIN};
        if (state.moved.cookie != 0 && poll(&more, 1, PAIR_MS) == 0) settle_moved();
        flush();
        ssize_t got = read_some(state.inotify, bytes, sizeof bytes);
        if (got < 0) file_give_up(NULL, errno);
        if (handle_events(bytes, (size_t)got)) continue;
        start();
        report(EVENT_OVERFLOW, "", "");
    }
    flush();
}
