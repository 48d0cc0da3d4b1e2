#define _GNU_SOURCE
#include "ids.h"

#include "../common/cleanup.h"
#include "../common/io.h"
#include "die.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_number(const char *text) {
    return text != NULL && text[0] != '\0' && strlen(text) < 11 && text[strspn(text, "0123456789")] == '\0';
}

/* Finds the first range of an owner (name or number) in a file with lines `owner:first:count`. */
static bool find_range(const char *file, const char *name, const char *number, struct id_range *range) {
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
static bool run_mapper(const char *program, const char *process, const char *own, const struct id_range *range) {
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

/* The IDs that have been mapped. */
struct mapped {
    bool users;
    bool groups;
};

struct id_map plan_ids(enum ids ids) {
    struct id_map map = {.ids = ids};
    char user[16];
    struct id_range users;
    struct id_range groups;
    if (ids != IDS_SUBORDINATE) return map;
    snprintf(user, sizeof user, "%u", geteuid());
    const struct passwd *entry = getpwuid(geteuid());
    const char *name = entry == NULL ? NULL : entry->pw_name;
    if (find_range("/etc/subuid", name, user, &users) && find_range("/etc/subgid", name, user, &groups)) {
        map.users = users;
        map.groups = groups;
    }
    return map;
}

static struct mapped map_subordinate(pid_t target, const struct id_map *map) {
    struct mapped mapped = {false, false};
    char process[16];
    char user[16];
    char group[16];
    if (map->users.first[0] == '\0') return mapped;
    snprintf(process, sizeof process, "%d", (int)target);
    snprintf(user, sizeof user, "%u", geteuid());
    snprintf(group, sizeof group, "%u", getegid());
    mapped.users = run_mapper("newuidmap", process, user, &map->users);
    mapped.groups = mapped.users && run_mapper("newgidmap", process, group, &map->groups);
    return mapped;
}

static bool write_of(pid_t target, const char *file, const char *text) {
    char path[48];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)target, file);
    return write_text(AT_FDCWD, path, text);
}

/* Maps this process's own IDs, unless they are mapped already. */
static bool map_own(pid_t target, struct mapped mapped) {
    char users[32];
    char groups[32];
    snprintf(users, sizeof users, "0 %u 1", geteuid());
    snprintf(groups, sizeof groups, "0 %u 1", getegid());
    return (mapped.users || write_of(target, "uid_map", users)) &&
           (mapped.groups || (write_of(target, "setgroups", "deny") && write_of(target, "gid_map", groups)));
}

/* Maps all IDs of one kind in this process's user namespace to themselves in TARGET's; lines are `inside outside count`. */
static bool map_each(pid_t target, const char *kind) {
    char own[32];
    char map[4096];
    size_t used = 0;
    unsigned first = 0;
    unsigned count = 0;
    snprintf(own, sizeof own, "/proc/self/%s", kind);
    cleanup_file FILE *lines = fopen(own, "re");
    if (lines == NULL) return false;
    while (fscanf(lines, "%u %*u %u", &first, &count) == 2) {
        used += (size_t)snprintf(map + used, sizeof map - used, "%u %u %u\n", first, first, count);
        if (used >= sizeof map) {
            errno = E2BIG;
            return false;
        }
    }
    return write_of(target, kind, map);
}

bool map_ids(pid_t target, const struct id_map *map) {
    if (map->ids == IDS_ALL) return map_each(target, "uid_map") && map_each(target, "gid_map");
    return map_own(target, map_subordinate(target, map));
}
