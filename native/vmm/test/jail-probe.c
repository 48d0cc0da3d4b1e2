/*
 * A VMM that has been taken over: tries to get out of its jail and prints how that ended, one try a line. As a program
 * it stands in QEMU's place, as a library in libkrun's. What it tries to reach: a file, a socket, a process, and a disk
 * that it may only read.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *what, long result) {
    printf("%s: %s\n", what, result >= 0 ? "ok" : strerrorname_np(errno));
}

static void tell_connection(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    /* Past what the helper puts before the C library's. */
    int fd = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
    tell("connect", fd < 0 ? fd : connect(fd, (struct sockaddr *)&address, sizeof address));
}

static void tell_process(pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    tell("look at process", open(path, O_RDONLY));
    tell("ptrace", ptrace(PTRACE_SEIZE, pid, NULL, NULL));
    char byte = 0;
    struct iovec local = {&byte, 1};
    struct iovec remote = {(void *)(uintptr_t)4096, 1};
    tell("read memory", process_vm_readv(pid, &local, 1, &remote, 1, 0));
}

static void tell_status(void) {
    char line[256];
    FILE *status = fopen("/proc/self/status", "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "CapEff:", 7) == 0 || strncmp(line, "CapBnd:", 7) == 0 || strncmp(line, "NoNewPrivs:", 11) == 0 ||
            strncmp(line, "Seccomp:", 8) == 0) {
            printf("%s", line);
        }
    }
    struct rlimit core = {1, 1};
    getrlimit(RLIMIT_CORE, &core);
    printf("core: %lu\n", (unsigned long)core.rlim_max);
    printf("secret: %s\n", getenv("SECRET") == NULL ? "none" : "there");
}

static void attack(const char *file, const char *socket_path, pid_t pid, const char *disk) {
    tell("read file", open(file, O_RDONLY));
    tell("make file", open("/tmp/box-jail-probe", O_WRONLY | O_CREAT, 0600));
    tell("read disk", open(disk, O_RDONLY));
    tell("write disk", open(disk, O_RDWR));
    tell_connection(socket_path);
    tell_process(pid);
    tell("mount", mount("none", "/proc", "tmpfs", 0, NULL));
    tell("unmount", umount2("/", MNT_DETACH));
    tell("user namespace", unshare(CLONE_NEWUSER));
    tell("chroot", chroot("/"));
    tell_status();
    fflush(stdout);
}

int main(int count, char **words) {
    if (count == 5) attack(words[1], words[2], atoi(words[3]), words[4]);
    return 0;
}

/* libkrun's functions. The words are the lines of the guest's command line. */

static char words[4][512];

#define DOES_NOTHING(name) \
    int32_t name(void);    \
    int32_t name(void) { return 0; }

DOES_NOTHING(krun_set_log_level)
DOES_NOTHING(krun_create_ctx)
DOES_NOTHING(krun_set_vm_config)
DOES_NOTHING(krun_add_disk2)
DOES_NOTHING(krun_add_virtiofs)
DOES_NOTHING(krun_set_console_output)
DOES_NOTHING(krun_add_virtio_console_multiport)
DOES_NOTHING(krun_add_console_port_inout)
DOES_NOTHING(krun_disable_implicit_vsock)
DOES_NOTHING(krun_add_vsock)
DOES_NOTHING(krun_add_net_unixstream)

int32_t krun_set_kernel(uint32_t ctx, const char *path, uint32_t format, const char *initrd, const char *cmdline);
int32_t krun_set_kernel(uint32_t ctx, const char *path, uint32_t format, const char *initrd, const char *cmdline) {
    (void)ctx, (void)path, (void)format, (void)initrd;
    return sscanf(cmdline, "%511[^\n]\n%511[^\n]\n%511[^\n]\n%511[^\n]", words[0], words[1], words[2], words[3]) == 4 ? 0 : -EINVAL;
}

int32_t krun_start_enter(uint32_t ctx);
int32_t krun_start_enter(uint32_t ctx) {
    (void)ctx;
    attack(words[0], words[1], atoi(words[2]), words[3]);
    char *const command[] = {NULL};
    tell("execute", execve("/bin/true", command, command));
    pid_t child = fork();
    if (child == 0) _exit(0);
    tell("fork", child);
    fflush(stdout);
    _exit(0);
}
