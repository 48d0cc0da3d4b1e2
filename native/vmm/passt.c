#define _GNU_SOURCE
#include "passt.h"

#include "crew.h"
#include "descriptors.h"
#include "die.h"
#include "preloaded.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* It takes milliseconds; a host that is busy may take longer. */
enum { READY_LIMIT_MS = 20000 };

static _Noreturn void execute_passt(const struct machine *machine, int stream, int ready) {
    char number[16];
    char **words = calloc(machine->passt_count + 3, sizeof *words);
    if (words == NULL) die_errno("no memory");
    memcpy(words, machine->passt, machine->passt_count * sizeof *words);
    char option[] = "--fd";
    char value[16];
    snprintf(value, sizeof value, "%d", stream);
    words[machine->passt_count] = option;
    words[machine->passt_count + 1] = value;
    snprintf(number, sizeof number, "%d", ready);
    if (setenv(NET_READY_VARIABLE, number, 1) != 0) die_errno("cannot set %s", NET_READY_VARIABLE);
    preload_policy(&machine->policy, machine->preload);
    execvp(words[0], words);
    die_errno("cannot execute %s", words[0]);
}

static void await_policy(int ready) {
    char byte = 1;
    struct pollfd readable = {.fd = ready, .events = POLLIN};
    int found = 0;
    do {
        found = poll(&readable, 1, READY_LIMIT_MS);
    } while (found < 0 && errno == EINTR);
    if (found < 0) die_errno("cannot wait for passt");
    if (found == 0) die("passt runs without box's network policy; does a security module of this host keep it away?");
    if (read(ready, &byte, 1) != 1) die("passt did not start");
    close(ready);
}

int start_passt(const struct machine *machine) {
    int streams[2];
    int ready[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, streams) != 0) die_errno("cannot make a socket pair");
    if (pipe2(ready, O_CLOEXEC) != 0) die_errno("cannot make a pipe");
    int own = above(streams[0], false);
    int passts = above(streams[1], true);
    int reader = above(ready[0], false);
    int writer = above(ready[1], true);
    pid_t self = getpid();
    pid_t child = fork();
    if (child < 0) die_errno("cannot fork");
    if (child == 0) {
        die_with(self);
        close(own);
        close(reader);
        close(AGENT_STREAM);
        if (machine->report) close(LOG_STREAM), close(WARNING_STREAM);
        execute_passt(machine, passts, writer);
    }
    close(passts);
    close(writer);
    await_policy(reader);
    return own;
}
