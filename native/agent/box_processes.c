#include "box_processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/cleanup.h"

// The PID namespace of programs that are not the box's; 0: there is none.
static ino_t left_out;

static int open_space(pid_t agent_pid) {
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/%d/ns/pid", agent_pid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

void box_processes_leave_out(pid_t agent_pid) {
    struct stat status;
    cleanup_close int space = open_space(agent_pid);
    left_out = space >= 0 && fstat(space, &status) == 0 ? status.st_ino : 0;
}

static bool is_left_out(pid_t agent_pid) {
    struct stat status;
    cleanup_close int space = left_out == 0 ? -1 : open_space(agent_pid);
    // The parent of the agent's own namespace cannot be opened.
    while (space >= 0 && fstat(space, &status) == 0) {
        if (status.st_ino == left_out) return true;
        int parent = (int)syscall(SYS_ioctl, space, NS_GET_PARENT);
        close_fd(&space);
        space = parent;
    }
    return false;
}

// Returns the text after KEY, or NULL if KEY is missing.
static const char *find(const char *status, const char *key) {
    const char *at = strstr(status, key);
    return at ? at + strlen(key) : NULL;
}

bool box_process_read(pid_t agent_pid, struct box_process *process) {
    char path[32];
    char status[4096];
    (void)snprintf(path, sizeof path, "/proc/%d/status", agent_pid);
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, status, sizeof status - 1);
    if (got <= 0) return false;
    status[got] = '\0';
    // The name comes first but cannot forge lines: the kernel escapes line breaks in it.
    const char *pids = find(status, "\nNSpid:\t");
    const char *parent = find(status, "\nPPid:\t");
    const char *uid = find(status, "\nUid:\t");
    const char *threads = find(status, "\nThreads:\t");
    if (!pids || !parent || !uid || !threads) return false;
    char *rest;
    (void)strtol(pids, &rest, 10);
    // The agent and kernel threads have only one PID.
    if (*rest != '\t' || is_left_out(agent_pid)) return false;
    *process = (struct box_process){
        .agent_pid = agent_pid,
        .pid = (pid_t)strtol(rest, NULL, 10),
        .agent_parent = (pid_t)strtol(parent, NULL, 10),
        .uid = (uid_t)strtoul(uid, NULL, 10),
        .threads = (uint32_t)strtoul(threads, NULL, 10),
    };
    return true;
}

void box_processes_visit(void (*visit)(void *data, const struct box_process *process), void *data) {
    cleanup_dir DIR *proc = opendir("/proc");
    if (!proc) return;
    for (struct dirent *entry = readdir(proc); entry; entry = readdir(proc)) {
        struct box_process process;
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && box_process_read(pid, &process)) visit(data, &process);
    }
}
