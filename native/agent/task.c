#include "task.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../common/io.h"
#include "box_processes.h"
#include "cgroup.h"
#include "net.h"
#include "network_servers.h"
#include "usage.h"

// FREEZE_MS: time limit for the kernel to freeze the group. PASSES: over processes that keep forking. CLOCK_MS:
// deviation of the clock that is tolerated.
enum { FREEZE_MS = 10000, PASSES = 1000, CLOCK_MS = 100 };

bool task_needs_group(const struct task *task) {
    return task->kind == TASK_FREEZE || task->kind == TASK_THAW || task->kind == TASK_LIMIT;
}

static bool write_group(int hierarchy, const char *file, const char *value, struct failure *failure) {
    return write_text(hierarchy, file, value) ||
           fail(failure, "failed", "cannot write %s to %s: %s", value, file, strerror(errno));
}

struct gathering {
    // The group's cgroup.procs.
    int procs;
    size_t moved;
};

static void gather_one(void *data, const struct box_process *process) {
    struct gathering *gathering = data;
    char path[64];
    char line[64] = "";
    (void)snprintf(path, sizeof path, "/proc/%d/cgroup", process->agent_pid);
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
    if (got <= 0 || strncmp(line, "0::/" BOX_GROUP, strlen("0::/" BOX_GROUP)) == 0) return;
    (void)snprintf(path, sizeof path, "%d", process->agent_pid);
    // It may have exited in the meantime.
    if (write(gathering->procs, path, strlen(path)) > 0) gathering->moved++;
}

// Moves all of the box's programs into its group. Their children and programs started later are in it from the start.
static bool gather(int hierarchy, struct failure *failure) {
    cleanup_close int procs = openat(hierarchy, BOX_GROUP "/cgroup.procs", O_WRONLY | O_CLOEXEC);
    struct gathering gathering = {.procs = procs};
    if (procs < 0) return fail(failure, "failed", "cannot open the box's control group: %s", strerror(errno));
    for (int pass = 0; pass < PASSES; pass++) {
        gathering.moved = 0;
        box_processes_visit(gather_one, &gathering);
        if (gathering.moved == 0) break;
    }
    return true;
}

static bool is_frozen(int events) {
    char text[256] = "";
    ssize_t got = pread(events, text, sizeof text - 1, 0);
    return got > 0 && strstr(text, "frozen 1");
}

static bool freeze(int hierarchy, struct failure *failure) {
    cleanup_close int events = openat(hierarchy, BOX_GROUP "/cgroup.events", O_RDONLY | O_CLOEXEC);
    if (events < 0) return fail(failure, "failed", "cannot watch the box's control group: %s", strerror(errno));
    if (!write_group(hierarchy, BOX_GROUP "/cgroup.freeze", "1", failure)) return false;
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += FREEZE_MS / 1000;
    while (!is_frozen(events)) {
        struct timespec now;
        struct pollfd change = {.fd = events, .events = POLLPRI};
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec >= until.tv_sec) {
            struct failure ignored;
            (void)write_group(hierarchy, BOX_GROUP "/cgroup.freeze", "0", &ignored);
            return fail(failure, "failed", "a program of the box could not be suspended within %d s", FREEZE_MS / 1000);
        }
        (void)poll(&change, 1, 1000);
    }
    return true;
}

static bool limit(const struct task *task, int hierarchy, struct failure *failure) {
    char value[32] = "max";
    bool pids = task->resource == LIMIT_PIDS;
    if (!write_group(hierarchy, "cgroup.subtree_control", pids ? "+pids" : "+cpu", failure)) return false;
    if (pids && task->value > 0) (void)snprintf(value, sizeof value, "%u", task->value);
    if (!pids && task->value > 0) (void)snprintf(value, sizeof value, "%u 100000", task->value);
    return write_group(hierarchy, pids ? BOX_GROUP "/pids.max" : BOX_GROUP "/cpu.max", value, failure);
}

// The guest's clock may be behind if the host was busy or suspended. Small deviations are left alone.
static void set_clock(uint64_t clock_ns) {
    struct timespec now;
    struct timespec right = {.tv_sec = (time_t)(clock_ns / 1000000000), .tv_nsec = (long)(clock_ns % 1000000000)};
    if (clock_gettime(CLOCK_REALTIME, &now) < 0) return;
    int64_t lost_ms = (right.tv_sec - now.tv_sec) * 1000 + (right.tv_nsec - now.tv_nsec) / 1000000;
    if (lost_ms > CLOCK_MS || lost_ms < -CLOCK_MS) (void)clock_settime(CLOCK_REALTIME, &right);
}

static bool change_network(const struct network_change *change, struct failure *failure) {
    const char *address = change->address;
    if (change->action == NETWORK_ADD) {
        return net_configure(&(struct network){change->interface, address, ""}, failure) &&
               network_servers_add(change->server, failure);
    }
    return network_servers_remove(change->server, failure) && net_remove(change->interface, address, failure);
}

bool task_run(const struct task *task, int hierarchy, struct failure *failure) {
    if (task_needs_group(task) && !gather(hierarchy, failure)) return false;
    switch (task->kind) {
    case TASK_FREEZE:
        return freeze(hierarchy, failure);
    case TASK_THAW:
        set_clock(task->clock_ns);
        return write_group(hierarchy, BOX_GROUP "/cgroup.freeze", "0", failure);
    case TASK_LIMIT:
        return limit(task, hierarchy, failure);
    case TASK_NETWORK:
        return change_network(&task->network, failure);
    case TASK_PROCESSES:
        return usage_of_processes(failure);
    default:
        return usage_of_box(failure);
    }
}
