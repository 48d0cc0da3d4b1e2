#define _GNU_SOURCE
#include "ids.h"

#include "../common/cleanup.h"
#include "../common/io.h"
#include "die.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A range of subordinate IDs, in the form that newuidmap accepts. */
struct range {
    char first[16];
    char count[16];
};

static bool is_number(const char *text) {
    return text != NULL && text[0] != '\0' && strlen(text) < 11 && text[strspn(text, "0123456789")] == '\0';
}

/* Finds the first range of an owner (name or number) in a file with lines `owner:first:count`. */
static bool find_range(const char *file, const char *name, const char *number, struct range *range) {
    cleanup_file FILE *lines = fopen(file, "re");
    if (lines == NULL) return false;
    char line[256];
    while (fgets(line, sizeof line, lines) != NULL) {
        char *rest = NULL;
        const char *owner = strtok_r(line, ":\n", &rest);
        const char *first = strtok_r(NULL, ":\n", &rest);
        const char *count = strtok_r(NULL, ":\n", &rest);
        if (owner == NULL || !is_number(first) || !is_number(count)) continue;
        if (strcmp(owner, number) != 0 && (name == NULL || strcmp(owner, name) != 0)) continue;
        snprintf(range->first, sizeof range->first, "%s", first);
        snprintf(range->count, sizeof range->count, "%s", count);
        return true;
    }
    return false;
}

/* Runs newuidmap or newgidmap; its messages are discarded, because boxes also run without it. */
static bool run_mapper(const char *program, const char *process, const char *own, const struct range *range) {
    pid_t child = fork();
    if (child < 0) return false;
    if (child == 0) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0) _exit(EXIT_HELPER);
        execlp(program, program, process, "0", own, "1", "1", range->first, range->count, (char *)NULL);
        _exit(EXIT_HELPER);
    }
    int status = 0;
    return wait_for(child, &status) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Waits until the process to be mapped is in its namespace, which it announces with a byte. */
static bool await_inside(int ready) {
    char byte = 0;
    return read_some(ready, &byte, 1) == 1;
}

/* In a process that stays outside: maps the IDs of TARGET. */
static _Noreturn void map_subordinate(int ready, pid_t target, uid_t uid, gid_t gid) {
    char process[16];
    char user[16];
    char group[16];
    struct range users;
    struct range groups;
    snprintf(process, sizeof process, "%d", (int)target);
    snprintf(user, sizeof user, "%u", uid);
    snprintf(group, sizeof group, "%u", gid);
    const struct passwd *entry = getpwuid(uid);
    const char *name = entry == NULL ? NULL : entry->pw_name;
    bool ranges = find_range("/etc/subuid", name, user, &users) && find_range("/etc/subgid", name, user, &groups);
    bool mapped = await_inside(ready) && ranges && run_mapper("newuidmap", process, user, &users) &&
                  run_mapper("newgidmap", process, group, &groups);
    _exit(mapped ? 0 : EXIT_HELPER);
}

void write_map(const char *path, const char *text) {
    if (!write_text(AT_FDCWD, path, text)) die_errno("cannot write %s", path);
}

/* Maps this process's own IDs; an unmapped ID reads as the overflow ID. */
static void map_own(uid_t uid, gid_t gid) {
    char map[32];
    if (geteuid() != 0) {
        snprintf(map, sizeof map, "0 %u 1", uid);
        write_map("/proc/self/uid_map", map);
    }
    if (getegid() != 0) {
        write_map("/proc/self/setgroups", "deny");
        snprintf(map, sizeof map, "0 %u 1", gid);
        write_map("/proc/self/gid_map", map);
    }
}

/* Maps all IDs of one kind in this process's user namespace to themselves in TARGET's; lines are `inside outside count`. */
static void map_each(pid_t target, const char *kind) {
    char own[32];
    char path[32];
    char map[4096];
    size_t used = 0;
    unsigned first = 0;
    unsigned count = 0;
    snprintf(own, sizeof own, "/proc/self/%s", kind);
    snprintf(path, sizeof path, "/proc/%d/%s", (int)target, kind);
    cleanup_file FILE *lines = fopen(own, "re");
    if (lines == NULL) die_errno("cannot open %s", own);
    while (fscanf(lines, "%u %*u %u", &first, &count) == 2) {
        used += (size_t)snprintf(map + used, sizeof map - used, "%u %u %u\n", first, first, count);
        if (used >= sizeof map) die("%s is too long", own);
    }
    write_map(path, map);
}

static _Noreturn void map_all(int ready, pid_t target) {
    if (!await_inside(ready)) _exit(EXIT_HELPER);
    map_each(target, "uid_map");
    map_each(target, "gid_map");
    _exit(0);
}

static pid_t start_mapper(int ready[2], enum ids ids) {
    uid_t uid = geteuid();
    gid_t gid = getegid();
    pid_t self = getpid();
    if (pipe2(ready, O_CLOEXEC) != 0) die_errno("cannot create a pipe");
    pid_t mapper = fork();
    if (mapper < 0) die_errno("cannot fork");
    if (mapper == 0) {
        close(ready[1]);
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) _exit(EXIT_HELPER);
        if (ids == IDS_ALL) map_all(ready[0], self);
        map_subordinate(ready[0], self, uid, gid);
    }
    close(ready[0]);
    return mapper;
}

/* Starts the mapper's work and returns its exit code. */
static int finish_mapper(int ready, pid_t mapper) {
    int status = 0;
    if (write(ready, "", 1) != 1 && errno != EPIPE) die_errno("cannot write to a pipe");
    close(ready);
    if (wait_for(mapper, &status) < 0) die_errno("cannot wait for a process");
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_HELPER;
}

void enter_user_namespace(enum ids ids) {
    uid_t uid = geteuid();
    gid_t gid = getegid();
    int ready[2] = {-1, -1};
    pid_t mapper = ids == IDS_OWN ? -1 : start_mapper(ready, ids);
    if (unshare(CLONE_NEWUSER) != 0) {
        /* The kernel's message would be "No space left on device". */
        if (errno == ENOSPC) die("this host does not allow user namespaces: user.max_user_namespaces has been reached");
        die_errno("this host does not allow user namespaces");
    }
    if (mapper >= 0 && finish_mapper(ready[1], mapper) != 0 && ids == IDS_ALL) _exit(EXIT_HELPER);
    if (ids != IDS_ALL) map_own(uid, gid);
}
