#define _GNU_SOURCE
#include "vmm.h"

#include "die.h"
#include "jail.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Descriptor of QEMU's connection to virtiofsd (src/vm/qemu/driver.ts). */
enum { SHARE_STREAM = 4 };
enum { ABOVE = 16 };

/* Rust's virtiofsd, and the one in C that QEMU brought along up to version 7. */
static void execute_virtiofsd(const char *path, int listener) {
    char fd[32];
    snprintf(fd, sizeof fd, "--fd=%d", listener);
    char *copy = strdup(path);
    if (copy == NULL) die_errno("no memory");
    const char *folder = strrchr(dirname(copy), '/');
    if (folder != NULL && strcmp(folder, "/qemu") == 0) {
        execl(path, path, "-f", fd, "-o", "source=" SHARE_PATH ",sandbox=chroot,log_level=err", (char *)NULL);
    } else {
        execl(path, path, fd, "--shared-dir=" SHARE_PATH, "--sandbox=chroot", "--log-level=error", (char *)NULL);
    }
    die_errno("cannot execute %s", path);
}

/* Out of the way of the descriptors that QEMU expects. Those above stay open in what is executed, or not. */
static int above(int fd, bool inherited) {
    int moved = fcntl(fd, inherited ? F_DUPFD : F_DUPFD_CLOEXEC, ABOVE);
    if (moved < 0) die_errno("cannot move a descriptor");
    close(fd);
    return moved;
}

/* A listening socket under an address that the kernel picks, and a connection to it that waits to be accepted. */
static void make_share_streams(int *listener, int *stream) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = sizeof address;
    *listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *stream = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*listener < 0 || *stream < 0) die_errno("cannot make a socket");
    if (bind(*listener, (struct sockaddr *)&address, sizeof address.sun_family) != 0 || listen(*listener, 1) != 0 ||
        getsockname(*listener, (struct sockaddr *)&address, &length) != 0 ||
        connect(*stream, (struct sockaddr *)&address, length) != 0) {
        die_errno("cannot connect a socket");
    }
    *listener = above(*listener, true);
    *stream = above(*stream, false);
}

/* Both ends of a pipe. */
struct tie {
    int reader;
    int writer;
};

/*
 * The end of virtiofsd ends QEMU too: a guest would wait for ever for its volumes. The kernel sends SIGKILL when the
 * last writer of this pipe, which virtiofsd inherits, is gone. The reading end stays open in QEMU.
 */
static struct tie tie_to_writer(void) {
    int ends[2];
    if (pipe(ends) != 0) die_errno("cannot make a pipe");
    ends[0] = above(ends[0], true);
    ends[1] = above(ends[1], true);
    if (fcntl(ends[0], F_SETOWN, getpid()) != 0 || fcntl(ends[0], F_SETSIG, SIGKILL) != 0 ||
        fcntl(ends[0], F_SETFL, O_ASYNC) != 0) {
        die_errno("cannot tie QEMU to virtiofsd");
    }
    return (struct tie){ends[0], ends[1]};
}

/* Starts virtiofsd in namespaces of its own; QEMU needs none. QEMU's end of their connection is SHARE_STREAM. */
static void start_share(const struct machine *machine) {
    int listener = -1;
    int stream = -1;
    make_share_streams(&listener, &stream);
    struct tie tie = tie_to_writer();
    pid_t self = getpid();
    pid_t child = fork();
    if (child < 0) die_errno("cannot fork");
    if (child == 0) {
        die_with(self);
        close(tie.reader);
        close(AGENT_STREAM);
        enter_share(machine->volumes, machine->volume_count);
        refuse_new_privileges();
        die_with(self);
        execute_virtiofsd(machine->virtiofsd, listener);
    }
    close(tie.writer);
    close(listener);
    if (dup2(stream, SHARE_STREAM) != SHARE_STREAM) die_errno("cannot move a descriptor");
}

/* The policy as libboxnet.so reads it. */
static void export_policy(const struct net_policy *policy) {
    size_t size = 4 + policy->count * (INET6_ADDRSTRLEN + 14);
    char *text = malloc(size);
    if (text == NULL) die_errno("no memory");
    size_t used = (size_t)snprintf(text, size, "%d", policy->allow_host);
    for (size_t i = 0; i < policy->count; i++) {
        const struct net_port *port = &policy->ports[i];
        char address[INET6_ADDRSTRLEN] = "*";
        if (port->family == AF_INET) inet_ntop(AF_INET, &port->v4, address, sizeof address);
        if (port->family == AF_INET6) inet_ntop(AF_INET6, &port->v6, address, sizeof address);
        used += (size_t)snprintf(text + used, size - used, " %s %u %u", address, port->host, port->guest);
    }
    if (setenv(NET_POLICY_VARIABLE, text, 1) != 0) die_errno("cannot set %s", NET_POLICY_VARIABLE);
    free(text);
}

/* By descriptor, since LD_PRELOAD is a list that blanks and colons part, and the loader knows no quoting. */
static void preload(const char *path) {
    char name[32];
    /* The loader only warns about a library that it cannot preload: QEMU would run without a policy. */
    if (dlopen(path, RTLD_NOW | RTLD_LOCAL) == NULL) die("cannot load %s: %s", path, dlerror());
    int library = open(path, O_RDONLY | O_CLOEXEC);
    if (library < 0) die_errno("cannot open %s", path);
    snprintf(name, sizeof name, "/proc/self/fd/%d", above(library, true));
    if (setenv("LD_PRELOAD", name, 1) != 0) die_errno("cannot set LD_PRELOAD");
}

void run_qemu(const struct machine *machine, pid_t parent) {
    die_with(parent);
    raise_file_limit();
    if (machine->volume_count > 0) start_share(machine);
    drop_privileges();
    export_policy(&machine->policy);
    preload(machine->preload);
    die_with(parent);
    execvp(machine->command[0], machine->command);
    die_errno("cannot execute %s", machine->command[0]);
}
