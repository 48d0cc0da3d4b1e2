/*
 * Opens sources of volumes, and creates mount points in a jail's root, in real trees that change at the same time.
 *
 * The input: flags, a number of steps, the steps that create a tree (four bytes each: type, directory, name, argument), and a
 * path, in which low bytes stand for names. Next to the tree is a directory that only links lead to. Entries are exchanged
 * before every tested system call and, if a flag is set, by a thread as well.
 */
#define _GNU_SOURCE
#include "../../fuzz/target.h"

#include "round.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void disturb(void);

/* The code under test. */
#define strdup(text) keep((strdup)(text))
#define free forget
#define openat(...) (disturb(), openat(__VA_ARGS__))
#define fstatat(...) (disturb(), fstatat(__VA_ARGS__))
#define mkdirat(...) (disturb(), mkdirat(__VA_ARGS__))
#define syscall(...) (disturb(), syscall(__VA_ARGS__))
#include "../source.c"
#include "../place.c"
#undef strdup
#undef free
#undef openat
#undef fstatat
#undef mkdirat
#undef syscall

enum { FLAG_THREAD = 1, FLAG_PLACE = 2, FLAG_FILE = 4 };
enum { STEP_BYTES = 4, MOST_STEPS = 24, MOST_PATH = 1 << 14, MOST_FDS = 64, NAMES = 16, OUTSIDE = 4 };

#define LONG "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
static const char *const names[NAMES] = {
    "a",        "b",
    "c",        ".",
    "..",       LONG LONG LONG "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",
    "\xff\xfe", "x\ny",
    " ",        "...",
    "-rf",      "a:b,c",
    "%s%n",     "outside",
    "root",     LONG LONG LONG LONG,
};

struct exchange {
    int folder;
    const char *one, *other;
};

/* Prints the line, because there may be no debugger. */
#define WRONG() ((void)fprintf(stderr, "%s:%d: wrong\n", __FILE__, __LINE__), abort())

static char base[PATH_MAX], root_path[PATH_MAX + 8];
static int base_folder = -1, root_folder = -1;
static int outside[OUTSIDE];
static int folders[MOST_STEPS + 1];
static size_t folder_count;
static struct exchange exchanges[MOST_STEPS];
static size_t exchange_count;
static uint32_t chance;
static atomic_bool going_on;

static void exchange(const struct exchange *pair) {
    (void)renameat2(pair->folder, pair->one, pair->folder, pair->other, RENAME_EXCHANGE);
}

/* The same for the same input. */
static void disturb(void) {
    int reason = errno;
    for (size_t i = 0; i < exchange_count; i++) {
        chance = chance * 1664525 + 1013904223;
        if (chance >> 31 == 1) exchange(&exchanges[i]);
    }
    errno = reason;
}

static void *exchange_on(void *unused) {
    (void)unused;
    while (atomic_load(&going_on)) {
        for (size_t i = 0; i < exchange_count; i++) exchange(&exchanges[i]);
    }
    return NULL;
}

static int made_folder(int parent, const char *name) {
    if (mkdirat(parent, name, 0755) != 0) WRONG();
    int made = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (made < 0) WRONG();
    return made;
}

static void make_file(int parent, const char *name) {
    int file = openat(parent, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    if (file >= 0) close(file);
}

static void remove_in(int parent, const char *name) {
    if (unlinkat(parent, name, 0) == 0) return;
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) WRONG();
    for (;;) {
        uint8_t entries[4096];
        if (lseek(folder, 0, SEEK_SET) != 0) WRONG();
        long length = syscall(SYS_getdents64, folder, entries, sizeof entries);
        if (length < 0) WRONG();
        bool empty = true;
        for (long at = 0; at < length;) {
            /* struct linux_dirent64: the length of an entry, its name. */
            uint16_t size;
            memcpy(&size, entries + at + 16, sizeof size);
            const char *entry = (const char *)entries + at + 19;
            at += size;
            if (strcmp(entry, ".") == 0 || strcmp(entry, "..") == 0) continue;
            empty = false;
            remove_in(folder, entry);
        }
        if (empty) break;
    }
    close(folder);
    if (unlinkat(parent, name, AT_REMOVEDIR) != 0) WRONG();
}

static size_t count_entries(int folder) {
    uint8_t entries[4096];
    if (lseek(folder, 0, SEEK_SET) != 0) WRONG();
    long length = syscall(SYS_getdents64, folder, entries, sizeof entries);
    if (length < 0) WRONG();
    size_t count = 0;
    for (long at = 0; at < length; count++) {
        uint16_t size;
        memcpy(&size, entries + at + 16, sizeof size);
        at += size;
    }
    return count;
}

static void remove_base(void) {
    const char *name = strrchr(base, '/') + 1;
    char parent[PATH_MAX];
    (void)snprintf(parent, sizeof parent, "%.*s", (int)(name - base), base);
    int folder = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) WRONG();
    remove_in(folder, name);
    close(folder);
}

/* A tmpfs is faster, if available. */
static void make_base(void) {
    char place[] = "/dev/shm/box-fuzz-XXXXXX", other[] = "/tmp/box-fuzz-XXXXXX";
    const char *made = mkdtemp(place);
    if (made == NULL) made = mkdtemp(other);
    if (made == NULL || realpath(made, base) == NULL) WRONG();
    base_folder = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (base_folder < 0 || atexit(remove_base) != 0) WRONG();
    (void)snprintf(root_path, sizeof root_path, "%s/root", base);
    /* The same names as in the tree, so that paths through a link to it continue to resolve. */
    outside[0] = made_folder(base_folder, "outside");
    outside[1] = made_folder(outside[0], "a");
    outside[2] = made_folder(outside[1], "a");
    outside[3] = made_folder(outside[0], "b");
    for (int i = 0; i < OUTSIDE; i++) make_file(outside[i], "c");
}

/* Checks that nothing outside was created or removed. */
static void look_outside(void) {
    static const size_t expected[OUTSIDE] = {5, 4, 3, 3};
    if (count_entries(base_folder) != 4) WRONG();
    for (int i = 0; i < OUTSIDE; i++) {
        if (count_entries(outside[i]) != expected[i]) WRONG();
    }
}

static void make_link_out(int folder, const char *name, uint8_t where) {
    static const char *const ways[][2] = {
        {"", "/outside"},   {"", "/outside/a"},    {"/proc/self/root", "/outside/b"},
        {"", "/outside/c"}, {"", "/outside/none"}, {"", ""},
    };
    const char *const *way = ways[where % (sizeof ways / sizeof *ways)];
    char target[PATH_MAX + 64];
    (void)snprintf(target, sizeof target, "%s%s%s", way[0], base, way[1]);
    (void)symlinkat(target, folder, name);
}

static void make_relative_link(int folder, const char *name, uint8_t where) {
    static const char *const ways[] = {"../outside", "../../outside/a", "../../../outside", "../..", "/", "/..",
                                       "/new"};
    (void)symlinkat(ways[where % (sizeof ways / sizeof *ways)], folder, name);
}

static void take_step(const uint8_t *step) {
    int folder = folders[step[1] % folder_count];
    const char *name = names[step[2] % NAMES], *other = names[step[3] % NAMES];
    switch (step[0] % 8) {
    case 0:
    case 1:
        if (mkdirat(folder, name, 0755) == 0)
            folders[folder_count++] = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        return;
    case 2:
        make_file(folder, name);
        return;
    case 3:
        make_link_out(folder, name, step[3]);
        return;
    case 4:
        (void)symlinkat(other, folder, name);
        return;
    case 5:
        exchanges[exchange_count++] = (struct exchange){folder, name, other};
        return;
    case 6:
        (void)mkfifoat(folder, name, 0644);
        return;
    default:
        make_relative_link(folder, name, step[3]);
    }
}

/* Adds a path after AT bytes of TEXT. As in any argument, it contains no NUL. */
static void write_path(char *text, size_t at, const uint8_t *data, size_t size) {
    text[at++] = '/';
    for (size_t i = 0; i < size && at < MOST_PATH - NAME_MAX - 3; i++) {
        if (data[i] < NAMES) {
            at += (size_t)snprintf(text + at, MOST_PATH - at, "%s%s", text[at - 1] == '/' ? "" : "/", names[data[i]]);
        } else {
            text[at++] = (char)data[i];
        }
    }
    text[at] = '\0';
}

static bool goes_up(const char *path) {
    for (const char *at = path; (at = strstr(at, "/..")) != NULL; at++) {
        if (at[3] == '/' || at[3] == '\0') return true;
    }
    return false;
}

/* Checks that the opened file is in the tree and is not a link. */
static void expect_inside(int fd) {
    char link[64], path[MOST_PATH];
    struct stat status;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0 && errno == ENAMETOOLONG) return;
    if (length < 0 || fstat(fd, &status) != 0 || S_ISLNK(status.st_mode)) WRONG();
    path[length] = '\0';
    size_t prefix = strlen(root_path);
    if (strncmp(path, root_path, prefix) != 0 || (path[prefix] != '/' && path[prefix] != '\0')) WRONG();
}

/* If the tree does not change, compares the result with the kernel's own path lookup. */
static void expect_as_kernel(const char *source, int fd) {
    static char path[MOST_PATH];
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
    struct stat status = {0}, opened = {0};
    size_t length = strlen(source);
    if (length >= PATH_MAX) return;
    memcpy(path, source, length + 1);
    while (path[length - 1] == '/') path[--length] = '\0';
    int same = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    int reason = errno;
    if (same >= 0 && fstat(same, &status) != 0) WRONG();
    bool good = same >= 0 && (S_ISDIR(status.st_mode) || S_ISREG(status.st_mode)) && !goes_up(path);
    if (good != (fd >= 0)) WRONG();
    if (good && (fstat(fd, &opened) != 0 || opened.st_ino != status.st_ino || opened.st_dev != status.st_dev)) WRONG();
    if (same < 0 && reason == ELOOP && !goes_up(path) && strstr(last_message, "has become a link") == NULL) WRONG();
    if (same >= 0) close(same);
}

static int first_free(void) {
    int fd = fcntl(base_folder, F_DUPFD_CLOEXEC, 0);
    if (fd < 0 || close(fd) != 0) WRONG();
    return fd;
}

/* Checks that every descriptor except RESULT has been closed. */
static void expect_open(int first, int result) {
    if (result < first) WRONG();
    for (int fd = first; fd < first + MOST_FDS; fd++) {
        if ((fcntl(fd, F_GETFD) >= 0) != (fd == result)) WRONG();
    }
}

static void try_path(const char *path, uint8_t flags) {
    /* Static, to survive longjmp(). */
    static int first, result;
    first = first_free();
    result = -1;
    if (setjmp(ended) == 0) {
        if (flags & FLAG_PLACE) {
            result = make_place(root_folder, path, !(flags & FLAG_FILE));
        } else {
            result = open_source(path);
        }
    } else if (last_message[0] == '\0') {
        WRONG();
    }
    if (result >= 0) {
        expect_open(first, result);
        /* A link in the path of a mount point is resolved within the root. */
        expect_inside(result);
    }
    if (exchange_count == 0 && !(flags & FLAG_PLACE)) expect_as_kernel(path, result);
    if (close_range((unsigned)first, ~0U, 0) != 0) WRONG();
}

static void start_round(const uint8_t *data, size_t size, size_t *at) {
    size_t steps = size > 1 ? data[1] % (MOST_STEPS + 1) : 0;
    root_folder = made_folder(base_folder, "root");
    folders[0] = root_folder;
    folder_count = 1;
    exchange_count = 0;
    chance = 2166136261U;
    for (size_t i = 0; i < size; i++) chance = (chance ^ data[i]) * 16777619U;
    for (*at = 2; steps > 0 && *at + STEP_BYTES <= size; *at += STEP_BYTES, steps--) take_step(data + *at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char path[MOST_PATH];
    size_t at = 0;
    if (size == 0) return 0;
    if (base_folder < 0) make_base();
    start_round(data, size, &at);
    bool place = (data[0] & FLAG_PLACE) != 0;
    size_t before = place ? 0 : strlen(root_path);
    memcpy(path, root_path, before);
    write_path(path, before, data + (at < size ? at : size), at < size ? size - at : 0);
    /* A jail contains no longer paths. */
    if (place && strlen(path) >= PATH_MAX) path[PATH_MAX - 1] = '\0';

    pthread_t other;
    bool threaded = (data[0] & FLAG_THREAD) != 0 && exchange_count > 0;
    atomic_store(&going_on, true);
    if (threaded && pthread_create(&other, NULL, exchange_on, NULL) != 0) WRONG();
    try_path(path, data[0]);
    atomic_store(&going_on, false);
    if (threaded && pthread_join(other, NULL) != 0) WRONG();

    look_outside();
    end_round();
    while (folder_count > 0) close(folders[--folder_count]);
    remove_in(base_folder, "root");
    return 0;
}
