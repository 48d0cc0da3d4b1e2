#define _GNU_SOURCE
#include "virtiofsd.h"

#include "../common/cleanup.h"
#include "supervise.h"
#include "descriptors.h"
#include "die.h"
#include "jail.h"
#include "layers.h"
#include "open-share.h"
#include "preloaded.h"
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { SHARE_TRIES = 1000 };

/*
 * Extended attributes that the guest may use: user.*, file capabilities, and those of an overlay whose upper directory is
 * on the volume, such as that of a container engine in the box. The host trusts none of the latter: they are user.box.* there,
 * names that the guest cannot use directly, because its ordinary users may set user.*.
 */
#define XATTR_MAP                                                                                 \
    "xattrmap=/prefix/all/trusted.overlay./user.box.//bad/client/user.box.///ok/all/user./user./" \
    "/ok/all/security.capability/security.capability//unsupported/all///"

bool is_virtiofsd_in_c(const char *path) {
    cleanup_free char *copy = strdup(path);
    if (copy == NULL) die_errno("out of memory");
    const char *folder = strrchr(dirname(copy), '/');
    return folder != NULL && strcmp(folder, "/qemu") == 0;
}

/* Neither version may create device nodes. */
static _Noreturn void execute_virtiofsd(const char *path, int listener, const char *source) {
    char fd[32];
    char words[PATH_MAX];
    snprintf(fd, sizeof fd, "--fd=%d", listener);
    if (is_virtiofsd_in_c(path)) {
        /* No caching of names and attributes in the guest, so that changes made on the host are visible immediately. */
        snprintf(words, sizeof words, "source=%s,sandbox=chroot,log_level=err,modcaps=-mknod,timeout=0," XATTR_MAP,
                 source);
        execl(path, path, "-f", fd, "-o", words, (char *)NULL);
    } else {
        /* The only such option would disable all caching, so changes are visible after a second. */
        snprintf(words, sizeof words, "--shared-dir=%s", source);
        execl(path, path, fd, words, "--sandbox=chroot", "--log-level=error", "--modcaps=-mknod", "--" XATTR_MAP,
              (char *)NULL);
    }
    die_errno("cannot execute %s", path);
}

/*
 * Creates a listening socket with an address chosen by the kernel, and a connection to it that waits to be accepted. Any
 * process on the host may try to connect first, but the queue holds only one connection: if ours succeeds immediately, it is
 * the one that will be accepted. Returns false if another process was faster.
 */
static bool try_share_streams(int *listener, int *stream) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = sizeof address;
    cleanup_close int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cleanup_close int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server < 0 || client < 0) die_errno("cannot create a socket");
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
        if (tries == SHARE_TRIES) die("another process on this host connects to every socket for the volumes");
    }
    if (fcntl(*stream, F_SETFL, 0) != 0) die_errno("cannot set up a socket");
    *listener = move_above(*listener, true);
    *stream = move_above(*stream, false);
}

/* The volumes served by one virtiofsd. */
struct part {
    const char *name;
    const struct volume *volumes;
    size_t count;
};

static _Noreturn void become_virtiofsd(const struct machine *machine, const struct part *part, int listener) {
    char source[OPEN_SHARE_SOURCE] = SHARE_PATH;
    char *program = find_program(machine->virtiofsd);
    struct jail jail = {.kept = of_file_server | of_own_jail, .calls = ROLE_VIRTIOFSD};
    if (layer_is_held(LAYER_ROOT)) {
        jail.volumes = part->volumes;
        jail.volume_count = part->count;
    } else {
        open_share(&jail, machine, part->volumes, part->count, source);
    }
    see_program(&jail.view, program);
    see(&jail.view, USE_READ, machine->share_preload);
    see(&jail.view, USE_DEVICE, "/dev/null");
    /* It reads the limits on open files. */
    see_if_there(&jail.view, USE_READ, "/proc/sys/fs/file-max");
    see_if_there(&jail.view, USE_READ, "/proc/sys/fs/nr_open");
    preload(machine->share_preload);
    enter_jail(&jail);
    if (jail.shares.read_only && !layer_is_held(LAYER_SECCOMP)) {
        die("read-only volumes need seccomp or a user namespace, which this host does not allow");
    }
    if (jail.shares.count > 0 && !is_virtiofsd_in_c(program) && !layer_is_held(LAYER_LANDLOCK)) {
        refuse_without_landlock();
    }
    execute_virtiofsd(program, listener, source);
}

static int start_server(const struct machine *machine, const struct part *part) {
    cleanup_close int listener = -1;
    int stream = -1;
    make_share_streams(&listener, &stream);
    if (fork_supervised(part->name) == 0) {
        close_vmm_streams(machine);
        become_virtiofsd(machine, part, listener);
    }
    return stream;
}

/* The volumes that are read-only, or those that are not. */
static struct part part_of(const struct machine *machine, bool read_only) {
    struct volume *volumes = calloc(machine->volume_count, sizeof *volumes);
    struct part part = {
        .name = read_only ? "the file server of the read-only volumes" : "the file server of the volumes",
        .volumes = volumes,
    };
    if (volumes == NULL) die_errno("out of memory");
    for (size_t i = 0; i < machine->volume_count; i++) {
        if (machine->volumes[i].read_only == read_only) volumes[part.count++] = machine->volumes[i];
    }
    return part;
}

struct share_streams start_virtiofsd(const struct machine *machine) {
    struct share_streams streams = {-1, -1};
    if (layer_is_held(LAYER_ROOT)) {
        const struct part all = {"the file server of the volumes", machine->volumes, machine->volume_count};
        streams.all = start_server(machine, &all);
        return streams;
    }
    const struct part writable = part_of(machine, false);
    const struct part read_only = part_of(machine, true);
    /* The guest expects at least one share; the second is used only if there are volumes of both kinds. */
    if (writable.count > 0) streams.all = start_server(machine, &writable);
    if (read_only.count > 0)
        *(writable.count > 0 ? &streams.read_only : &streams.all) = start_server(machine, &read_only);
    return streams;
}
