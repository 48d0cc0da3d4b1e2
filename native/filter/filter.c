#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
/* System calls of the x32 ABI have this bit set, so they would not match the numbers in a list. */
#define X32_BIT 0x40000000U
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "no list of system calls for this architecture"
#endif

/*
 * Calls that no library makes by accident: they affect other processes, mounts, namespaces, the kernel, the machine or
 * the clock, or belong to parts of the kernel with a long history of vulnerabilities.
 */
static const int hostile[] = {
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_pidfd_getfd,
    SYS_process_madvise,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_open_tree,
    SYS_move_mount,
    SYS_mount_setattr,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_setns,
    SYS_open_by_handle_at,
    SYS_swapon,
    SYS_swapoff,
    SYS_quotactl,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_acct,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_vhangup,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_fanotify_init,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef __x86_64__
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
    SYS_uselib,
#endif
};

static void emit(struct filter *filter, uint16_t code, uint32_t value, uint8_t when, uint8_t otherwise) {
    if (filter->length == MAX_INSTRUCTIONS) return;
    filter->code[filter->length++] = (struct sock_filter){code, when, otherwise, value};
}

static void load(struct filter *filter, size_t offset) {
    emit(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void emit_return(struct filter *filter, uint32_t action) { emit(filter, BPF_RET | BPF_K, action, 0, 0); }

/* Every step begins and ends with the system call number in the accumulator. */
static void load_number(struct filter *filter) { load(filter, offsetof(struct seccomp_data, nr)); }

static void emit_return_for(struct filter *filter, int call, uint32_t action) {
    emit(filter, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1);
    emit_return(filter, action);
}

void filter_begin(struct filter *filter) {
    filter->length = 0;
    load(filter, offsetof(struct seccomp_data, arch));
    emit(filter, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    emit_return(filter, SECCOMP_RET_KILL_PROCESS);
    load_number(filter);
#ifdef X32_BIT
    emit(filter, BPF_JMP | BPF_JSET | BPF_K, X32_BIT, 0, 1);
    emit_return(filter, SECCOMP_RET_KILL_PROCESS);
#endif
}

void filter_allow(struct filter *filter, const int *calls, size_t count) {
    for (size_t i = 0; i < count; i++) emit_return_for(filter, calls[i], SECCOMP_RET_ALLOW);
}

void filter_check(struct filter *filter, const struct call_check *check) {
    /* The low half of the argument on little-endian machines. */
    size_t argument = offsetof(struct seccomp_data, args) + check->argument * sizeof(uint64_t);
    size_t steps = 4 * check->count + 1;
    if (steps > UINT8_MAX) filter->length = MAX_INSTRUCTIONS;
    emit(filter, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)check->call, 0, (uint8_t)steps);
    for (size_t i = 0; i < check->count; i++) {
        load(filter, argument);
        emit(filter, BPF_ALU | BPF_AND | BPF_K, check->cases[i].mask, 0, 0);
        emit_return_for(filter, (int)check->cases[i].value, SECCOMP_RET_ALLOW);
    }
    load_number(filter);
}

void filter_kill(struct filter *filter) {
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
        emit_return_for(filter, hostile[i], SECCOMP_RET_KILL_PROCESS);
}

void filter_answer(struct filter *filter, const struct call_answer *answers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        emit_return_for(filter, answers[i].call, SECCOMP_RET_ERRNO | (uint32_t)answers[i].error);
    }
}

bool filter_install(struct filter *filter) {
    emit_return(filter, SECCOMP_RET_ERRNO | ENOSYS);
    if (filter->length == MAX_INSTRUCTIONS) {
        errno = E2BIG;
        return false;
    }
    struct sock_fprog program = {.len = filter->length, .filter = filter->code};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}
