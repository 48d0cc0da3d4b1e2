/*
 * A list of what no VMM needs, as a program of the kernel's packet filter (seccomp(2)): ways to reach other processes,
 * to change mounts, the kernel or the clock, to make namespaces, and parts of the kernel with a long history of faults.
 * A refused call fails instead of killing, since libraries try some of them and go on without.
 */
#define _GNU_SOURCE
#include "seccomp.h"

#include "layers.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
/* System calls of the x32 ABI have this bit; a list of numbers would miss them. */
#define FOREIGN_BIT 0x40000000U
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "no list of system calls for this machine"
#endif

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#define NEW_NAMESPACES \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

static const int refused[] = {
    /* other processes */
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_getfd, SYS_process_madvise,
    /* mounts and namespaces */
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_open_tree, SYS_move_mount, SYS_mount_setattr, SYS_fsopen, SYS_fsconfig,
    SYS_fsmount, SYS_fspick, SYS_setns, SYS_open_by_handle_at, SYS_swapon, SYS_swapoff, SYS_quotactl,
    /* the kernel, the machine, the clock */
    SYS_bpf, SYS_perf_event_open, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot,
    SYS_syslog, SYS_acct, SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex, SYS_sethostname,
    SYS_setdomainname, SYS_vhangup,
    /* much kernel for no use */
    SYS_add_key, SYS_request_key, SYS_keyctl, SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter,
    SYS_io_uring_register, SYS_fanotify_init, SYS_lookup_dcookie, SYS_nfsservctl, SYS_migrate_pages, SYS_move_pages,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef SYS_quotactl_fd
    SYS_quotactl_fd,
#endif
#if defined(__x86_64__)
    SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_uselib, SYS_ustat, SYS_sysfs, SYS__sysctl,
#endif
};

enum { ROOM = 256 };

struct program {
    struct sock_filter code[ROOM];
    unsigned short length;
};

static void emit(struct program *program, uint16_t code, uint32_t value, uint8_t when, uint8_t otherwise) {
    if (program->length == ROOM) return;
    program->code[program->length++] = (struct sock_filter){code, when, otherwise, value};
}

static void load(struct program *program, size_t offset) {
    emit(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(struct program *program, uint32_t action) {
    emit(program, BPF_RET | BPF_K, action, 0, 0);
}

/* The number of the call stays loaded. */
static void refuse(struct program *program, int call, int reason) {
    emit(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1);
    answer(program, SECCOMP_RET_ERRNO | (uint32_t)reason);
}

/* The low half of an argument of 64 bits, on machines that are little-endian. */
static size_t argument(size_t index) {
    return offsetof(struct seccomp_data, args) + index * sizeof(uint64_t);
}

/* Refuses CALL when its first argument has one of the BITS, and, with MUST, when it has none of MUST. */
static void check_flags(struct program *program, int call, uint32_t bits, uint32_t must) {
    emit(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, must == 0 ? 4 : 5);
    load(program, argument(0));
    emit(program, BPF_JMP | BPF_JSET | BPF_K, bits, must == 0 ? 0 : 1, must == 0 ? 1 : 0);
    if (must != 0) emit(program, BPF_JMP | BPF_JSET | BPF_K, must, 1, 0);
    answer(program, SECCOMP_RET_ERRNO | EPERM);
    answer(program, SECCOMP_RET_ALLOW);
}

/*
 * The guest's sockets are Internet ones. Unix sockets would lead to other boxes and to the user's own services, abstract
 * ones even out of a root of its own; what a VMM needs of them it has as open descriptors.
 */
static void check_socket(struct program *program) {
    emit(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 5);
    load(program, argument(0));
    emit(program, BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0);
    emit(program, BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0);
    answer(program, SECCOMP_RET_ERRNO | EAFNOSUPPORT);
    answer(program, SECCOMP_RET_ALLOW);
}

/* Puts words into the terminal of whoever started the box. */
static void check_ioctl(struct program *program) {
    emit(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 5);
    load(program, argument(1));
    emit(program, BPF_JMP | BPF_JEQ | BPF_K, TIOCSTI, 1, 0);
    emit(program, BPF_JMP | BPF_JEQ | BPF_K, TIOCLINUX, 0, 1);
    answer(program, SECCOMP_RET_ERRNO | EPERM);
    answer(program, SECCOMP_RET_ALLOW);
}

void filter_calls(struct calls allowed) {
    struct program program = {.length = 0};
    load(&program, offsetof(struct seccomp_data, arch));
    emit(&program, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    answer(&program, SECCOMP_RET_KILL_PROCESS);
    load(&program, offsetof(struct seccomp_data, nr));
#ifdef FOREIGN_BIT
    emit(&program, BPF_JMP | BPF_JSET | BPF_K, FOREIGN_BIT, 0, 1);
    answer(&program, SECCOMP_RET_KILL_PROCESS);
#endif
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) refuse(&program, refused[i], EPERM);
    if (!allowed.chroot) refuse(&program, SYS_chroot, EPERM);
    if (!allowed.spawn) {
        refuse(&program, SYS_execve, EPERM);
        refuse(&program, SYS_execveat, EPERM);
#ifdef SYS_fork
        refuse(&program, SYS_fork, EPERM);
        refuse(&program, SYS_vfork, EPERM);
#endif
    }
    /* Its flags are in memory, where a filter cannot look; the C library then takes clone(). */
    refuse(&program, SYS_clone3, ENOSYS);
    check_flags(&program, SYS_clone, NEW_NAMESPACES, allowed.spawn ? 0 : CLONE_THREAD);
    check_flags(&program, SYS_unshare, NEW_NAMESPACES | CLONE_NEWTIME, 0);
    check_socket(&program);
    check_ioctl(&program);
    answer(&program, SECCOMP_RET_ALLOW);
    struct sock_fprog filter = {.len = program.length, .filter = program.code};
    if (program.length == ROOM) {
        layer_fails(LAYER_SECCOMP, "the filter does not fit");
    } else if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
        layer_fails(LAYER_SECCOMP, "this kernel refuses filters: %s", strerror(errno));
    } else {
        layer_holds(LAYER_SECCOMP);
    }
}
