// Inspects a box from inside: `probe calls` tries system calls, `probe forks` starts processes up to the limit,
// `probe memory` allocates memory until it is killed.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NR_FCHMODAT2 = 452, NR_STATMOUNT = 457, NR_UNKNOWN = 1000, I386_MOUNT = 21, I386_GETPID = 20 };

static void report(const char *name, long result) {
    (void)printf("%s %d\n", name, result < 0 ? errno : 0);
}

static void wait_for(const char *name, pid_t child) {
    int status = 0;
    (void)waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) (void)printf("%s signal-%d\n", name, WTERMSIG(status));
}

// Tries each call in a child, so that it does not affect the next one. A child that the call itself creates prints nothing.
#define TRY(name, ...)                              \
    do {                                            \
        (void)fflush(stdout);                       \
        pid_t child = fork();                       \
        if (child == 0) {                           \
            pid_t self = getpid();                  \
            long result = syscall(__VA_ARGS__);     \
            if (getpid() == self) report(name, result); \
            (void)fflush(stdout);                   \
            syscall(SYS_exit_group, 0);             \
        }                                           \
        wait_for(name, child);                      \
    } while (0)

// Makes a system call in the way of a 32-bit program. Returns a negative errno on failure.
static long call_i386(long number) {
    long result = 0;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(0), "c"(0), "d"(0), "S"(0), "D"(0) : "memory");
    return (int)result;
}

static void try_i386(const char *name, long number) {
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        long result = call_i386(number);
        errno = result < 0 ? (int)-result : 0;
        report(name, result < 0 ? -1 : 0);
        (void)fflush(stdout);
        syscall(SYS_exit_group, 0);
    }
    wait_for(name, child);
}

static int try_calls(void) {
    struct {
        uint64_t words[11];
    } clone_args = {{CLONE_NEWUSER, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}};
    TRY("mount", SYS_mount, "none", "/tmp", "tmpfs", 0, NULL);
    TRY("umount2", SYS_umount2, "/nowhere", 0);
    TRY("unshare", SYS_unshare, CLONE_NEWNS);
    TRY("unshare-user", SYS_unshare, CLONE_NEWUSER);
    TRY("clone-user", SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0);
    TRY("clone3", SYS_clone3, &clone_args, sizeof clone_args);
    TRY("setns", SYS_setns, -1, 0);
    TRY("pivot_root", SYS_pivot_root, "/", "/");
    TRY("chroot", SYS_chroot, "/");
    TRY("keyctl", SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0);
    TRY("add_key", SYS_add_key, "user", "k", "v", 1, KEY_SPEC_PROCESS_KEYRING);
    TRY("bpf", SYS_bpf, BPF_MAP_CREATE, NULL, 0);
    TRY("io_uring_setup", SYS_io_uring_setup, 1, NULL);
    TRY("userfaultfd", SYS_userfaultfd, 0);
    TRY("perf_event_open", SYS_perf_event_open, NULL, 0, -1, -1, 0);
    TRY("ptrace", SYS_ptrace, 0, 0, 0, 0);
    TRY("personality-linux32", SYS_personality, 0x8);
    TRY("personality-no-random", SYS_personality, 0x0040000);
    TRY("socket-inet", SYS_socket, AF_INET, SOCK_STREAM, 0);
    TRY("socket-unix", SYS_socket, AF_UNIX, SOCK_STREAM, 0);
    TRY("socket-packet", SYS_socket, AF_PACKET, SOCK_RAW, 0);
    TRY("socket-alg", SYS_socket, 38, SOCK_SEQPACKET, 0);
    TRY("socket-vsock", SYS_socket, 40, SOCK_STREAM, 0);
    TRY("socket-vsock-high-bits", SYS_socket, 40L | 1L << 32, SOCK_STREAM, 0);
    TRY("open_by_handle_at", SYS_open_by_handle_at, -1, NULL, 0);
    TRY("init_module", SYS_init_module, NULL, 0, "");
    TRY("reboot", SYS_reboot, 0, 0, 0, NULL);
    TRY("swapon", SYS_swapon, "/nowhere", 0);
    TRY("clock_settime", SYS_clock_settime, 0, NULL);
    TRY("sethostname", SYS_sethostname, "x", 1);
    TRY("iopl", SYS_iopl, 3);
    TRY("set_mempolicy", SYS_set_mempolicy, 0, NULL, 0);
    TRY("fchmodat2", NR_FCHMODAT2, AT_FDCWD, "/nowhere", 0644, 0);
    TRY("statmount", NR_STATMOUNT, NULL, NULL, 0, 0);
    TRY("unknown", NR_UNKNOWN);
    try_i386("i386-getpid", I386_GETPID);
    try_i386("i386-mount", I386_MOUNT);
    return 0;
}

// Starts up to `most` processes until fork fails, then ends them.
static int try_forks(int most) {
    int ends[2];
    int made = 0;
    if (pipe(ends) < 0) return 1;
    for (; made < most; made++) {
        pid_t child = fork();
        if (child < 0) break;
        if (child == 0) {
            char byte;
            (void)close(ends[1]);
            (void)!read(ends[0], &byte, 1);
            _exit(0);
        }
    }
    (void)printf("forks %d %d\n", made, made < most ? errno : 0);
    (void)close(ends[1]);
    while (wait(NULL) > 0) {}
    return 0;
}

// Allocates memory until it is killed.
static int eat_memory(void) {
    enum { PIECE = 8 << 20 };
    for (;;) {
        void *piece = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (piece == MAP_FAILED) return 1;
        (void)memset(piece, 1, PIECE);
    }
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "calls") == 0) return try_calls();
    if (argc == 2 && strcmp(argv[1], "forks") == 0) return try_forks(5000);
    if (argc == 2 && strcmp(argv[1], "memory") == 0) return eat_memory();
    (void)fputs("usage: probe calls|forks|memory\n", stderr);
    return 2;
}
