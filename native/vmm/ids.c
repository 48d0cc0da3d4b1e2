#define _GNU_SOURCE
#include "ids.h"

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

/* A range of subordinate ids, as newuidmap takes it. */
struct range {
    char first[16];
    char count[16];
};

static bool is_number(const char *text) {
    return text != NULL && text[0] != '\0' && strlen(text) < 11 && text[strspn(text, "0123456789")] == '\0';
}

/* The first range of OWNER (name or number) in a file of lines `owner:first:count`. */
static bool find_range(const char *file, const char *name, const char *number, struct range *range) {
    FILE *lines = fopen(file, "re");
    if (lines == NULL) return false;
    char line[256];
    bool found = false;
    while (!found && fgets(line, sizeof line, lines) != NULL) {
        char *rest = NULL;
        const char *owner = strtok_r(line, ":\n", &rest);
        const char *first = strtok_r(NULL, ":\n", &rest);
        const char *count = strtok_r(NULL, ":\n", &rest);
        if (owner == NULL || !is_number(first) || !is_number(count)) continue;
        if (strcmp(owner, number) != 0 && (name == NULL || strcmp(owner, name) != 0)) continue;
        snprintf(range->first, sizeof range->first, "%s", first);
        snprintf(range->count, sizeof range->count, "%s", count);
        found = true;
    }
    fclose(lines);
    return found;
}

/* Runs newuidmap or newgidmap; its messages are dropped, since without it the box still runs. */
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
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return false;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* In a process that stays outside: maps the ids of TARGET once it is inside, which it says with a byte. */
static _Noreturn void map_from_outside(int ready, pid_t target, uid_t uid, gid_t gid) {
    char process[16];
    char user[16];
    char group[16];
    char byte = 0;
    struct range users;
    struct range groups;
    ssize_t got = 0;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) _exit(EXIT_HELPER);
    snprintf(process, sizeof process, "%d", (int)target);
    snprintf(user, sizeof user, "%u", uid);
    snprintf(group, sizeof group, "%u", gid);
    const struct passwd *entry = getpwuid(uid);
    const char *name = entry == NULL ? NULL : entry->pw_name;
    bool ranges =
        find_range("/etc/subuid", name, user, &users) && find_range("/etc/subgid", name, user, &groups);
    do {
        got = read(ready, &byte, 1);
    } while (got < 0 && errno == EINTR);
    bool mapped = ranges && got == 1 && run_mapper("newuidmap", process, user, &users) &&
                  run_mapper("newgidmap", process, group, &groups);
    _exit(mapped ? 0 : EXIT_HELPER);
}

static void write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) die_errno("cannot open %s", path);
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text)) die_errno("cannot write %s", path);
    close(fd);
}

/* An id that is not mapped reads as the overflow id. */
static void map_own(uid_t uid, gid_t gid) {
    char map[32];
    if (geteuid() != 0) {
        snprintf(map, sizeof map, "0 %u 1", uid);
        write_file("/proc/self/uid_map", map);
    }
    if (getegid() != 0) {
        write_file("/proc/self/setgroups", "deny");
        snprintf(map, sizeof map, "0 %u 1", gid);
        write_file("/proc/self/gid_map", map);
    }
}

static pid_t start_mapper(int ready[2]) {
    uid_t uid = geteuid();
    gid_t gid = getegid();
    pid_t self = getpid();
    if (pipe2(ready, O_CLOEXEC) != 0) die_errno("cannot make a pipe");
    pid_t mapper = fork();
    if (mapper < 0) die_errno("cannot fork");
    if (mapper == 0) {
        close(ready[1]);
        map_from_outside(ready[0], self, uid, gid);
    }
    close(ready[0]);
    return mapper;
}

void enter_user_namespace(bool subordinate) {
    uid_t uid = geteuid();
    gid_t gid = getegid();
    int ready[2] = {-1, -1};
    pid_t mapper = subordinate ? start_mapper(ready) : -1;
    if (unshare(CLONE_NEWUSER) != 0) {
        /* "No space" is how the kernel puts it. */
        if (errno == ENOSPC) die("this host does not allow user namespaces: user.max_user_namespaces is reached");
        die_errno("this host does not allow user namespaces");
    }
    if (mapper >= 0) {
        if (write(ready[1], "", 1) != 1 && errno != EPIPE) die_errno("cannot write to a pipe");
        close(ready[1]);
        while (waitpid(mapper, NULL, 0) < 0) {
            if (errno != EINTR) die_errno("cannot wait for a process");
        }
    }
    map_own(uid, gid);
}
