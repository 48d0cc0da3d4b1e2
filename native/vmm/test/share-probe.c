/*
 * Replaces libkrun and serves volumes as it does, from a thread that passes a guest's names to the kernel unchecked. The
 * names are the lines of the guest's command line; it prints the result of opening each one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/xattr.h>
#include <unistd.h>

static char names[4096];
static char share[256];

static void tell(const char *what, long result) {
    printf("%s: %s\n", what, result >= 0 ? "ok" : strerrorname_np(errno));
}

static void *serve(void *nothing) {
    struct epoll_event event;
    pthread_setname_np(pthread_self(), "fs worker");
    tell("wait", epoll_wait(epoll_create1(EPOLL_CLOEXEC), &event, 1, 0));
    int root = open(share, O_PATH | O_CLOEXEC);
    tell("share", root);
    char *rest = NULL;
    for (char *name = strtok_r(names, "\n", &rest); name != NULL; name = strtok_r(NULL, "\n", &rest)) {
        tell(name, openat(root, name, O_RDONLY | O_CLOEXEC));
    }
    tell("leave", chroot("/"));
    return nothing;
}

#define DOES_NOTHING(name) \
    int32_t name(void);    \
    int32_t name(void) { return 0; }

DOES_NOTHING(krun_set_log_level)
DOES_NOTHING(krun_create_ctx)
DOES_NOTHING(krun_set_vm_config)
DOES_NOTHING(krun_add_disk2)
DOES_NOTHING(krun_set_console_output)
DOES_NOTHING(krun_add_virtio_console_multiport)
DOES_NOTHING(krun_add_console_port_inout)
DOES_NOTHING(krun_disable_implicit_vsock)
DOES_NOTHING(krun_add_vsock)
DOES_NOTHING(krun_add_net_unixstream)

int32_t krun_set_kernel(uint32_t ctx, const char *path, uint32_t format, const char *initrd, const char *cmdline);
int32_t krun_set_kernel(uint32_t ctx, const char *path, uint32_t format, const char *initrd, const char *cmdline) {
    (void)ctx, (void)path, (void)format, (void)initrd;
    return (size_t)snprintf(names, sizeof names, "%s", cmdline) < sizeof names ? 0 : -EINVAL;
}

int32_t krun_add_virtiofs(uint32_t ctx, const char *tag, const char *path);
int32_t krun_add_virtiofs(uint32_t ctx, const char *tag, const char *path) {
    (void)ctx, (void)tag;
    return (size_t)snprintf(share, sizeof share, "%s", path) < sizeof share ? 0 : -EINVAL;
}

int32_t krun_start_enter(uint32_t ctx);
int32_t krun_start_enter(uint32_t ctx) {
    pthread_t server;
    (void)ctx;
    tell("share of others", open(share, O_PATH | O_CLOEXEC));
    tell("memory", open("/proc/self/mem", O_RDWR | O_CLOEXEC));
    if (pthread_create(&server, NULL, serve, NULL) != 0) return -EAGAIN;
    pthread_join(server, NULL);
    /* The thread's root is its own. */
    tell("descriptors", open("/proc/self/fd", O_RDONLY | O_CLOEXEC));
    fflush(stdout);
    _exit(0);
}
