/*
 * User namespaces. There are many ways to forbid them or what they are for, and some take effect only at a point of no return.
 * So a child process tries everything first. All children here share this process's memory, because copying it takes longer
 * than all that they do; while one of them works, this process waits. Their stacks are small, so they look up nothing.
 */
#define _GNU_SOURCE
#include "user-namespace.h"

#include "../common/cleanup.h"
#include "../common/io.h"
#include "die.h"
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STACK = 48 << 10 };

/* Does not change while the child runs, which reads it. */
struct trial {
    int go[2];     /* a byte: its IDs are mapped */
    int errors[2]; /* its messages */
    bool root;
};

static int try_all(void *argument) {
    const struct trial *trial = argument;
    const struct view nothing = {0};
    char byte = 0;
    close(trial->go[1]);
    if (read_some(trial->go[0], &byte, 1) != 1 || dup2(trial->errors[1], STDERR_FILENO) < 0) _exit(EXIT_HELPER);
    if (trial->root) enter_root(&nothing, NULL, 0, false);
    _exit(0);
}

static void explain(char reason[REASON], const char *what) {
    /* The kernel's message would be "No space left on device". */
    const char *why = errno == ENOSPC ? "user.max_user_namespaces has been reached" : strerror(errno);
    snprintf(reason, REASON, "%s: %s", what, why);
}

/* Lets the child try everything, while this process does nothing. Returns whether all of it works. */
static bool await_trial(const struct trial *trial, pid_t child, bool begin, char reason[REASON]) {
    static const char prefix[] = "box-vmm: ";
    char text[REASON];
    int status = 0;
    close(trial->go[0]);
    close(trial->errors[1]);
    if (begin && write(trial->go[1], "", 1) != 1) die_errno("cannot write to a pipe");
    close(trial->go[1]);
    ssize_t length = read_up_to(trial->errors[0], text, sizeof text - 1);
    close(trial->errors[0]);
    if (wait_for(child, &status) < 0) die_errno("cannot wait for a process");
    if (!begin) return false;
    text[length < 0 ? 0 : length] = '\0';
    text[strcspn(text, "\n")] = '\0';
    snprintf(reason, REASON, "%s", strncmp(text, prefix, strlen(prefix)) == 0 ? text + strlen(prefix) : text);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static struct trial begin_trial(bool root) {
    struct trial trial = {.root = root};
    if (pipe2(trial.go, O_CLOEXEC) != 0 || pipe2(trial.errors, O_CLOEXEC) != 0) die_errno("cannot create a pipe");
    return trial;
}

static pid_t start_trial(struct trial *trial, char *stack, int flags) {
    return clone(try_all, stack + STACK, CLONE_VM | flags | SIGCHLD, trial);
}

static void abandon(const struct trial *trial) {
    for (size_t i = 0; i < 2; i++) {
        close(trial->go[i]);
        close(trial->errors[i]);
    }
}

static bool can_enter(const struct id_map *map, bool root, char reason[REASON]) {
    _Alignas(16) char stack[STACK];
    struct trial trial = begin_trial(root);
    pid_t child = start_trial(&trial, stack, CLONE_NEWUSER);
    if (child < 0) {
        explain(reason, "this host does not allow user namespaces");
        abandon(&trial);
        return false;
    }
    bool mapped = map_ids(child, map);
    if (!mapped) explain(reason, "cannot map IDs in a user namespace");
    return await_trial(&trial, child, mapped, reason);
}

/* A child that stays outside and maps the IDs of this process, once it is inside. */
struct mapper {
    int go[2];
    pid_t target;
    const struct id_map *map;
};

static int map_outside(void *argument) {
    const struct mapper *mapper = argument;
    char byte = 0;
    close(mapper->go[1]);
    _exit(read_some(mapper->go[0], &byte, 1) == 1 && map_ids(mapper->target, mapper->map) ? 0 : EXIT_HELPER);
}

static void enter(const struct id_map *map) {
    _Alignas(16) char stack[STACK];
    struct mapper mapper = {.target = getpid(), .map = map};
    int status = 0;
    if (pipe2(mapper.go, O_CLOEXEC) != 0) die_errno("cannot create a pipe");
    pid_t child = clone(map_outside, stack + STACK, CLONE_VM | SIGCHLD, &mapper);
    if (child < 0) die_errno("cannot fork");
    close(mapper.go[0]);
    if (unshare(CLONE_NEWUSER) != 0) die_errno("this host does not allow user namespaces");
    if (write(mapper.go[1], "", 1) != 1) die_errno("cannot write to a pipe");
    close(mapper.go[1]);
    if (wait_for(child, &status) < 0) die_errno("cannot wait for a process");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) die("cannot map IDs in a user namespace");
}

bool enter_user_namespace(enum ids ids, bool root, char reason[REASON]) {
    const struct id_map map = plan_ids(ids);
    if (!can_enter(&map, root, reason)) return false;
    enter(&map);
    return true;
}

bool can_have_root(char reason[REASON]) {
    _Alignas(16) char stack[STACK];
    struct trial trial = begin_trial(true);
    pid_t child = start_trial(&trial, stack, 0);
    if (child < 0) die_errno("cannot fork");
    return await_trial(&trial, child, true, reason);
}
