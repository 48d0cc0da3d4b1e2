#include "sidecar.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "../common/exit-codes.h"
#include "../common/io.h"
#include "box_processes.h"
#include "cgroup.h"
#include "redirect.h"

// The control group of the sidecar if it is the box's proxy; -1 otherwise.
static int proxy_group = -1;

// The redirection stays when the sidecar ends: until it is started again, connections fail.
static bool redirect_once(uint16_t port, struct failure *failure) {
    if (port == 0 || proxy_group >= 0) return true;
    int group = cgroup_make_proxy(failure);
    if (group < 0) return false;
    proxy_group = group;
    return redirect_connections(port, group, failure);
}

// Executes the agent again, so that it has none of the state of this one.
__attribute__((noreturn)) static void become_agent(int stream, uint64_t offset) {
    char number[24];
    char name[] = "/init";
    char role[] = SIDECAR_WORD;
    char *argv[] = {name, role, number, NULL};
    char *env[] = {NULL};
    (void)snprintf(number, sizeof number, "%" PRIu64, offset);
    if (proxy_group >= 0 && !write_text(proxy_group, "cgroup.procs", "0")) _exit(EXIT_DIED);
    // The copy, unlike all others, is not closed by execve.
    bool is_kept = stream == SIDECAR_STREAM ? fcntl(stream, F_SETFD, 0) == 0 : dup2(stream, SIDECAR_STREAM) >= 0;
    if (is_kept) (void)execve("/proc/self/exe", argv, env);
    _exit(EXIT_DIED);
}

bool sidecar_start(struct sidecar *sidecar, uint64_t offset, uint16_t redirect_to, struct failure *failure) {
    int ends[2];
    if (sidecar->is_open) return fail(failure, "failed", "the host started a second sidecar");
    if (!redirect_once(redirect_to, failure)) return false;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0) {
        return fail(failure, "failed", "cannot start the sidecar: %s", strerror(errno));
    }
    cleanup_close int ours = ends[0];
    cleanup_close int theirs = ends[1];
    unsigned long namespaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
    pid_t pid = (pid_t)syscall(SYS_clone, namespaces | SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0) become_agent(theirs, offset);
    if (pid < 0) return fail(failure, "failed", "cannot start the sidecar: %s", strerror(errno));
    sidecar->pid = pid;
    sidecar->is_open = true;
    port_use_inner(&sidecar->port, take_fd(&ours));
    box_processes_leave_out(pid);
    return true;
}

bool sidecar_has_space(const struct sidecar *sidecar) {
    return !sidecar->is_open || port_space(&sidecar->port) >= HEADER_BYTES + MAX_PAYLOAD;
}

void sidecar_send(struct sidecar *sidecar, const struct frame *frame) {
    if (!sidecar->is_open || sidecar->port.closed) return;
    // Even if it no longer reads.
    if (frame->type == FRAME_SHUTDOWN) {
        if (sidecar->pid > 0) (void)kill(sidecar->pid, SIGKILL);
        return;
    }
    port_pass(&sidecar->port, frame->payload - HEADER_BYTES, HEADER_BYTES + frame->length,
              frame->flags & (uint8_t)~FRAME_FOR_SIDECAR);
}

void sidecar_reap(struct sidecar *sidecar, pid_t pid) {
    if (sidecar->pid == pid) sidecar->pid = 0;
}

// Passes on whole frames. Returns whether there was one.
static bool pass_on(struct port *from, struct port *host) {
    bool any = false;
    for (;;) {
        const uint8_t *frame = from->in + from->in_taken;
        size_t have = from->in_length - from->in_taken;
        if (have < HEADER_BYTES) return any;
        size_t length = HEADER_BYTES + (size_t)read_u32(frame);
        // The agent sends none that are larger, so it is not itself any more.
        if (length > HEADER_BYTES + OUTPUT_BYTES) {
            from->closed = true;
            return any;
        }
        if (have < length || port_space(host) < PORT_RESERVE + length) return any;
        port_pass(host, frame, length, FRAME_FOR_SIDECAR);
        from->in_taken += length;
        any = true;
    }
}

bool sidecar_pump(struct sidecar *sidecar, struct port *host) {
    struct port *port = &sidecar->port;
    if (!sidecar->is_open) return false;
    bool any = port_fill(port);
    any |= pass_on(port, host);
    any |= port_flush(port);
    if (!port->closed || any) return any;
    if (sidecar->pid > 0) (void)kill(sidecar->pid, SIGKILL);
    // Until it has been reaped, its programs may still exist.
    if (sidecar->pid > 0 || port_space(host) < PORT_RESERVE) return false;
    (void)close(port->fd);
    sidecar->is_open = false;
    port_send(host, FRAME_SIDECAR, 0, NULL, 0);
    return true;
}
