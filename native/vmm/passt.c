#define _GNU_SOURCE
#include "passt.h"

#include "../common/io.h"
#include "supervise.h"
#include "descriptors.h"
#include "die.h"
#include "jail.h"
#include "preloaded.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* passt starts within milliseconds, except on a busy host. */
enum { READY_LIMIT_MS = 20000 };

/* It opens no file once it runs, and writes only to the console. */
enum { LARGEST_MIB = 1 };

/* passt's command line. If started by root, it becomes a dedicated user, which the VMM cannot signal or trace either. */
static char **command_of(const struct machine *machine, int stream) {
    static char stream_option[] = "--fd";
    static char user_option[] = "--runas";
    static char number[16];
    static char ids[32];
    uid_t user = user_of(machine, " passt");
    size_t used = machine->passt_count;
    char **words = calloc(used + 5, sizeof *words);
    if (words == NULL) die_errno("no memory");
    memcpy(words, machine->passt, used * sizeof *words);
    snprintf(number, sizeof number, "%d", stream);
    words[used++] = stream_option;
    words[used++] = number;
    if (user == 0) return words;
    snprintf(ids, sizeof ids, "%u:%u", user, user);
    words[used++] = user_option;
    words[used++] = ids;
    return words;
}

/*
 * If user namespaces are forbidden, root's passt creates the others with a capability that it keeps when it changes its
 * user, and drops as soon as it has isolated itself (isolate.c).
 */
static void keep_over_change_of_user(void) {
    int status = 0;
    if (!has_capability(CAP_SYS_ADMIN) || !has_capability(CAP_SETPCAP)) return;
    pid_t child = fork();
    if (child < 0) die_errno("cannot fork");
    if (child == 0) _exit(unshare(CLONE_NEWUSER) == 0 ? 0 : EXIT_HELPER);
    if (wait_for(child, &status) < 0) die_errno("cannot wait for a process");
    if (status != 0 && prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) != 0) die_errno("cannot keep capabilities");
}

static _Noreturn void execute_passt(const struct machine *machine, int stream, int ready) {
    char number[16];
    char **words = command_of(machine, stream);
    set_limits(LARGEST_MIB, false);
    keep_over_change_of_user();
    snprintf(number, sizeof number, "%d", ready);
    if (setenv(NET_READY_VARIABLE, number, 1) != 0) die_errno("cannot set %s", NET_READY_VARIABLE);
    preload_policy(&machine->policy, machine->preload);
    execvp(words[0], words);
    die_errno("cannot execute %s", words[0]);
}

static void await_policy(int ready) {
    char byte = 1;
    int found = wait_readable(ready, READY_LIMIT_MS);
    if (found < 0) die_errno("cannot wait for passt");
    if (found == 0)
        die("passt runs without box's network policy; is libboxnet.so blocked by a security module of this host?");
    if (read(ready, &byte, 1) != 1) die("passt did not start");
}

int start_passt(const struct machine *machine, pid_t *pid) {
    int streams[2];
    int ready[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, streams) != 0) die_errno("cannot make a socket pair");
    if (pipe2(ready, O_CLOEXEC) != 0) die_errno("cannot make a pipe");
    int own = move_above(streams[0], false);
    cleanup_close int passts = move_above(streams[1], true);
    cleanup_close int reader = move_above(ready[0], false);
    cleanup_close int writer = move_above(ready[1], true);
    pid_t self = getpid();
    pid_t child = fork();
    if (child < 0) die_errno("cannot fork");
    if (child == 0) {
        die_with(self);
        close(own);
        close(reader);
        close_vmm_streams(machine);
        execute_passt(machine, passts, writer);
    }
    /* When the pipe closes without a byte, passt has failed to start. */
    close_fd(&writer);
    await_policy(reader);
    if (pid != NULL) *pid = child;
    return own;
}
