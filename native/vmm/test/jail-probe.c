/*
 * A VMM that has been taken over: tries to get out of its jail and prints the result of each attempt, one per line. As a
 * program it replaces QEMU, as a library libkrun. It tries to reach a file, a socket, a process, and a read-only disk. With
 * `call:NAME` instead of the file, it makes that one system call, which is expected to kill it.
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
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *what, long result) {
    printf("%s: %s\n", what, result >= 0 ? "ok" : strerrorname_np(errno));
}

static void tell_connection(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    /* Bypasses the helper's override of the C library's function. */
    int fd = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
    tell("connect", fd < 0 ? fd : connect(fd, (struct sockaddr *)&address, sizeof address));
}

static void tell_process(pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    tell("look at process", open(path, O_RDONLY));
    tell("signal process", syscall(SYS_kill, pid, 0));
    tell("signal thread", syscall(SYS_tgkill, pid, pid, 0));
}

/* Calls that a VMM does not need and that fail without killing it. */
static void tell_calls(void) {
    static const struct {
        const char *name;
        long number;
    } calls[] = {
        {"clone3", SYS_clone3},
        {"inotify", SYS_inotify_init1},
        {"io_uring", SYS_io_uring_setup},
        {"mempolicy", SYS_set_mempolicy},
        {"message queue", SYS_mq_open},
        {"personality", SYS_personality},
        {"priority", SYS_setpriority},
        {"scheduler", SYS_sched_setscheduler},
        {"shared memory", SYS_shmget},
        {"syslog", SYS_syslog},
        {"timer", SYS_timer_create},
        {"userfaultfd", SYS_userfaultfd},
        {"watch process", SYS_pidfd_open},
        {"make folder", SYS_mkdirat},
        {"remove file", SYS_unlinkat},
        {"change mode", SYS_fchmod},
        {"change owner", SYS_fchownat},
        {"change user", SYS_setuid},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        tell(calls[i].name, syscall(calls[i].number, 0, 0, 0, 0, 0));
    tell("type into terminal", ioctl(STDIN_FILENO, TIOCSTI, ""));
    tell("limit of another", syscall(SYS_prlimit64, 1, RLIMIT_CORE, NULL, NULL));
    tell("new code",
         mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    tell("process", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

/* The filter kills a process that makes one of these. */
static void call(const char *name) {
    static const struct {
        const char *name;
        long number;
    } calls[] = {
        {"ptrace", SYS_ptrace},
        {"process_vm_readv", SYS_process_vm_readv},
        {"kcmp", SYS_kcmp},
        {"pidfd_getfd", SYS_pidfd_getfd},
        {"mount", SYS_mount},
        {"umount2", SYS_umount2},
        {"pivot_root", SYS_pivot_root},
        {"open_tree", SYS_open_tree},
        {"move_mount", SYS_move_mount},
        {"mount_setattr", SYS_mount_setattr},
        {"fsopen", SYS_fsopen},
        {"setns", SYS_setns},
        {"open_by_handle_at", SYS_open_by_handle_at},
        {"swapon", SYS_swapon},
        {"bpf", SYS_bpf},
        {"perf_event_open", SYS_perf_event_open},
        {"keyctl", SYS_keyctl},
        {"add_key", SYS_add_key},
        {"init_module", SYS_init_module},
        {"reboot", SYS_reboot},
        {"clock_settime", SYS_clock_settime},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (strcmp(calls[i].name, name) == 0) tell(name, syscall(calls[i].number, 0, 0, 0, 0, 0));
    }
    fflush(stdout);
}

static void tell_status(void) {
    char line[256];
    FILE *status = fopen("/proc/self/status", "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "Uid:", 4) == 0 || strncmp(line, "Gid:", 4) == 0 || strncmp(line, "Groups:", 7) == 0 ||
            strncmp(line, "CapEff:", 7) == 0 || strncmp(line, "CapBnd:", 7) == 0 ||
            strncmp(line, "NoNewPrivs:", 11) == 0 || strncmp(line, "Seccomp:", 8) == 0) {
            printf("%s", line);
        }
    }
    struct rlimit core = {1, 1};
    getrlimit(RLIMIT_CORE, &core);
    printf("core: %lu\n", (unsigned long)core.rlim_max);
    printf("secret: %s\n", getenv("SECRET") == NULL ? "none" : "there");
}

static void attack(const char *file, const char *socket_path, pid_t pid, const char *disk) {
    if (strncmp(file, "call:", 5) == 0) {
        call(file + 5);
        return;
    }
    tell("read file", open(file, O_RDONLY));
    tell("make file", open("/tmp/box-jail-probe", O_WRONLY | O_CREAT, 0600));
    tell("read disk", open(disk, O_RDONLY));
    tell("write disk", open(disk, O_RDWR));
    tell_connection(socket_path);
    tell_process(pid);
    tell_calls();
    tell("kvm", open("/dev/kvm", O_RDWR | O_CLOEXEC));
    tell("user namespace", unshare(CLONE_NEWUSER));
    tell("chroot", chroot("/"));
    tell_status();
    fflush(stdout);
}

int main(int count, char **words) {
    if (count == 5) attack(words[1], words[2], atoi(words[3]), words[4]);
    return 0;
}

/* libkrun's functions. The arguments are the lines of the guest's command line. */

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
    return sscanf(cmdline, "%511[^\n]\n%511[^\n]\n%511[^\n]\n%511[^\n]", words[0], words[1], words[2], words[3]) == 4
               ? 0
               : -EINVAL;
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
