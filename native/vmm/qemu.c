#define _GNU_SOURCE
#include "vmm.h"

#include "../common/cleanup.h"
#include "lock-disks.h"
#include "supervise.h"
#include "descriptors.h"
#include "die.h"
#include "elf-needs.h"
#include "jail.h"
#include "layers.h"
#include "passt.h"
#include "preloaded.h"
#include "root.h"
#include "tsc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Descriptors of QEMU's connections to virtiofsd and to passt (src/vm/drivers/qemu/driver.ts). */
enum { SHARE_STREAM = 4, NETWORK_STREAM = 5 };
enum { SHARE_TRIES = 1000 };

static int share_stream = -1;
static int network_stream = -1;

/* Extended attributes that a guest may see and set: those of programs, and capabilities; the rest is not supported. */
#define XATTR_MAP "xattrmap=/ok/all/user./user.//ok/all/security.capability/security.capability//unsupported/all///"

/* Rust's virtiofsd, and the one in C that QEMU brought along up to version 7. Neither is to make device nodes. */
static void execute_virtiofsd(const char *path, int listener) {
    char fd[32];
    snprintf(fd, sizeof fd, "--fd=%d", listener);
    char *copy = strdup(path);
    if (copy == NULL) die_errno("no memory");
    const char *folder = strrchr(dirname(copy), '/');
    if (folder != NULL && strcmp(folder, "/qemu") == 0) {
        /* What the host changes is seen at once: the guest trusts no name and no size that it has been told. */
        execl(path, path, "-f", fd, "-o",
              "source=" SHARE_PATH ",sandbox=chroot,log_level=err,modcaps=-mknod,timeout=0," XATTR_MAP, (char *)NULL);
    } else {
        /* It has no option for that short of caching nothing: a second. */
        execl(path, path, fd, "--shared-dir=" SHARE_PATH, "--sandbox=chroot", "--log-level=error", "--modcaps=-mknod",
              "--" XATTR_MAP, (char *)NULL);
    }
    die_errno("cannot execute %s", path);
}

/*
 * A listening socket under an address that the kernel picks, and a connection to it that waits to be accepted. Anybody on
 * the host may try to be there first; but there is room for one alone, so a connection that is made at once is the one
 * that is accepted. False: somebody else was faster.
 */
static bool try_share_streams(int *listener, int *stream) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = sizeof address;
    cleanup_close int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cleanup_close int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server < 0 || client < 0) die_errno("cannot make a socket");
    if (bind(server, (struct sockaddr *)&address, sizeof address.sun_family) != 0 || listen(server, 0) != 0 ||
        getsockname(server, (struct sockaddr *)&address, &length) != 0) {
        die_errno("cannot listen on a socket");
    }
    if (connect(client, (struct sockaddr *)&address, length) == 0) {
        *listener = take_fd(&server);
        *stream = take_fd(&client);
        return true;
    }
    if (errno != EAGAIN) die_errno("cannot connect a socket");
    return false;
}

static void make_share_streams(int *listener, int *stream) {
    for (int tries = 0; !try_share_streams(listener, stream); tries++) {
        if (tries == SHARE_TRIES) die("another user of this host takes every socket for the volumes");
    }
    if (fcntl(*stream, F_SETFL, 0) != 0) die_errno("cannot set up a socket");
    *listener = above(*listener, true);
    *stream = above(*stream, false);
}

/* virtiofsd sees the volumes, and nothing else of the machine. QEMU's end of their connection is SHARE_STREAM. */
static void start_share(const struct machine *machine) {
    cleanup_close int listener = -1;
    make_share_streams(&listener, &share_stream);
    if (fork_supervised("the file server of the volumes") == 0) {
        close_vmm_streams(machine);
        char *program = find_program(machine->virtiofsd);
        struct jail jail = {
            .volumes = machine->volumes,
            .volume_count = machine->volume_count,
            .kept = of_file_server | of_own_jail,
            .calls = ROLE_VIRTIOFSD,
        };
        see_program(&jail.view, program);
        see(&jail.view, USE_READ, machine->share_preload);
        see(&jail.view, USE_DEVICE, "/dev/null");
        /* It asks how many files it may open. */
        see_if_there(&jail.view, USE_READ, "/proc/sys/fs/file-max");
        see_if_there(&jail.view, USE_READ, "/proc/sys/fs/nr_open");
        preload(machine->share_preload);
        enter_jail(&jail);
        execute_virtiofsd(program, listener);
    }
}

/* A command line with more words at its end. */
static char **extended(char **command, char *const *words, size_t more) {
    size_t count = 0;
    while (command[count] != NULL) count++;
    char **longer = calloc(count + more + 1, sizeof *longer);
    if (longer == NULL) die_errno("no memory");
    memcpy(longer, command, count * sizeof *longer);
    memcpy(longer + count, words, more * sizeof *longer);
    return longer;
}

/* The interface on a named network: the guest's second. */
static char **with_peers(char **command, const char *mac) {
    char *words[4] = {"-netdev", NULL, "-device", NULL};
    if (asprintf(&words[1], "stream,id=peers,addr.type=fd,addr.str=%d", PEERS_STREAM) < 0 ||
        asprintf(&words[3], "virtio-net-device,netdev=peers,mac=%s", mac) < 0) {
        die_errno("no memory");
    }
    return extended(command, words, 4);
}

/*
 * The emulated processor's TSC is the host's own. Told how fast it ticks, the guest has a clock that stays right where
 * the emulation has no time for each of its timer's ticks; there is nothing in a microvm that it could measure it with.
 */
static char **with_clock(char **command, struct tsc_moment begun) {
    uint64_t khz = tsc_khz_since(begun);
    if (khz == 0) return command;
    for (char **word = command; word[0] != NULL && word[1] != NULL; word++) {
        if (strcmp(word[0], "-append") != 0) continue;
        char *longer = NULL;
        if (asprintf(&longer, "%s tsc=reliable tsc_early_khz=%" PRIu64, word[1], khz) < 0) die_errno("no memory");
        word[1] = longer;
        break;
    }
    return command;
}

/*
 * QEMU's own filter keeps it from what ours must leave to it until it is executed: starting programs and processes. A
 * QEMU without it would refuse the option.
 */
static char **with_sandbox(char **command, const char *program) {
    static char *const words[] = {"-sandbox",
                                  "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"};
    if (!is_linked_with(program, "libseccomp.so.2")) {
        layer_fails(LAYER_QEMU, "this QEMU was built without it");
        return command;
    }
    layer_holds(LAYER_QEMU);
    return extended(command, words, 2);
}

static struct jail jail_of(const struct machine *machine, const char *program) {
    struct jail jail = jail_for(machine);
    jail.calls = ROLE_QEMU;
    see_program(&jail.view, program);
    see(&jail.view, USE_READ, machine->preload);
    see_if_there(&jail.view, USE_READ, "/etc/resolv.conf");
    return jail;
}

static _Noreturn void become_qemu(const struct machine *machine, const struct jail *jail, struct tsc_moment begun) {
    const char *program = jail->view.program;
    char **command = machine->command;
    lock_disks(machine);
    preload_policy(&machine->policy, machine->preload);
    if (machine->peers != NULL) command = with_peers(command, machine->peers);
    command = with_sandbox(command, program);
    enter_jail(jail);
    report_jail(machine);
    command = with_clock(command, begun);
    if ((share_stream >= 0 && dup2(share_stream, SHARE_STREAM) < 0) ||
        (network_stream >= 0 && dup2(network_stream, NETWORK_STREAM) < 0)) {
        die_errno("cannot move a descriptor");
    }
    if (machine->peers != NULL && fcntl(PEERS_STREAM, F_SETFD, 0) != 0) die_errno("cannot keep a descriptor");
    execv(program, command);
    die_errno("cannot execute %s", program);
}

void run_qemu(const struct machine *machine, pid_t parent) {
    struct tsc_moment begun = tsc_now();
    if (machine->passt_count > 0) network_stream = start_passt(machine, NULL);
    uid_t user = prepare_jails(machine, parent);
    if (machine->volume_count > 0) start_share(machine);
    struct jail jail = jail_of(machine, find_program(machine->command[0]));
    give_user(&jail, machine, user);
    if (fork_supervised(NULL) == 0) become_qemu(machine, &jail, begun);
    supervise(user, jail.user.id == 0 || machine->volume_count > 0, parent);
}
