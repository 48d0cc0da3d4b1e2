#define _GNU_SOURCE
#include "measure.h"

#include "../common/cleanup.h"
#include "die.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Translates an ID of this user namespace to the host's. */
static unsigned long outside(unsigned long id) {
    unsigned long inner = 0;
    unsigned long outer = 0;
    unsigned long count = 0;
    cleanup_file FILE *map = fopen("/proc/self/uid_map", "re");
    if (map == NULL) die_errno("cannot read the user namespace");
    while (fscanf(map, "%lu %lu %lu", &inner, &outer, &count) == 3) {
        if (id >= inner && id - inner < count) return outer + (id - inner);
    }
    return id;
}

/* Name, user, namespaces, capabilities, filter, Landlock. */
static void print_status(const char *name, pid_t pid, const char *namespaces, bool landlock, bool allow_list) {
    char path[64];
    char line[256];
    unsigned long uid = 0;
    unsigned seccomp = 0;
    uint64_t effective = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    cleanup_file FILE *status = fopen(path, "re");
    if (status == NULL) die_errno("cannot inspect a process");
    while (fgets(line, sizeof line, status) != NULL) {
        (void)sscanf(line, "Uid: %lu", &uid);
        (void)sscanf(line, "CapEff: %" SCNx64, &effective);
        (void)sscanf(line, "Seccomp: %u", &seccomp);
    }
    printf("%s\t%lu\t%s\t%" PRIx64 "\t%s\t%s", name, outside(uid), namespaces, effective,
           seccomp == 2 && allow_list ? "allow-list" : "none", landlock ? "yes" : "no");
}

/* Prints soft limits: core, processes, open files, file size. */
static void print_limits(pid_t pid) {
    static const char *const names[] = {"Max core file size", "Max processes", "Max open files", "Max file size"};
    char path[64];
    char line[256];
    snprintf(path, sizeof path, "/proc/%d/limits", (int)pid);
    cleanup_file FILE *limits = fopen(path, "re");
    if (limits == NULL) die_errno("cannot inspect a process");
    while (fgets(line, sizeof line, limits) != NULL) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            char soft[32] = "";
            size_t length = strlen(names[i]);
            if (strncmp(line, names[i], length) != 0 || sscanf(line + length, "%31s", soft) != 1) continue;
            printf("\t%s=%s", names[i] + 4, soft);
        }
    }
    putchar('\n');
}

void print_process(const char *name, pid_t pid, const char *namespaces, bool landlock, bool allow_list) {
    print_status(name, pid, namespaces, landlock, allow_list);
    print_limits(pid);
}
