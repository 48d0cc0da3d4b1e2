#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "dial.h"
#include "namespaces.h"
#include "rootfs.h"
#include "unpack.h"

bool job_is_meant(const struct start *start) {
    return start->archive != ARCHIVE_NONE || start->copy.kind != COPY_NONE || start->task.kind != TASK_NONE ||
           start->file.kind != FILE_NONE || start->dial.kind != DIAL_NONE;
}

bool job_provide(const struct start *start, struct failure *failure) {
    return !task_needs_group(&start->task) || cgroup_require(failure);
}

// Archives show the agent's view, without the box's own mounts; copies and file operations use the box's view. The
// box's root is the root of this process then, so no link leads out of it, no matter who creates it or when.
int job_prepare(const struct start *start, struct failure *failure) {
    bool in_box = start->copy.kind != COPY_NONE || start->file.kind != FILE_NONE;
    if (in_box && namespaces_exist() && !namespaces_join(failure)) return -1;
    if (start->task.kind != TASK_NONE && cgroup_hierarchy() >= 0) return cgroup_hierarchy();
    bool changes = start->archive != ARCHIVE_NONE && start->archive != ARCHIVE_ROOT;
    int folder = changes ? rootfs_open_changes() : open("/", O_RDONLY | O_DIRECTORY);
    if (folder < 0) (void)fail(failure, "failed", "cannot open the box's files: %s", strerror(errno));
    return folder;
}

__attribute__((noreturn)) static void give_up(const struct failure *failure) {
    (void)fprintf(stderr, "%s\n", failure->message);
    _exit(1);
}

__attribute__((noreturn)) static void write_copy(const struct copy *copy) {
    struct failure failure;
    bool entered =
        chdir(copy->path) == 0 || fail(&failure, "failed", "cannot enter %s: %s", copy->path, strerror(errno));
    if (!entered || !unpack(copy->keep_owners, &failure)) give_up(&failure);
    _exit(0);
}

__attribute__((noreturn)) static void run_task(const struct task *task, int hierarchy) {
    struct failure failure;
    if (!task_run(task, hierarchy, &failure)) give_up(&failure);
    _exit(0);
}

__attribute__((noreturn)) static void run_dial(const struct dial *dial) {
    struct failure failure;
    if (!dial_run(dial, &failure)) give_up(&failure);
    _exit(0);
}

void job_run(const struct start *start, int descriptor) {
    if (start->task.kind != TASK_NONE) run_task(&start->task, descriptor);
    if (start->dial.kind != DIAL_NONE) run_dial(&start->dial);
    if (start->archive != ARCHIVE_NONE) archive_write(start->archive, descriptor);
    if (start->file.kind != FILE_NONE) file_run(&start->file, descriptor);
    if (start->copy.kind == COPY_WRITE) write_copy(&start->copy);
    archive_write_path(&start->copy);
}
