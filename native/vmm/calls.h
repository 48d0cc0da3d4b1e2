/*
 * The system calls allowed in each process of a VMM, in groups. They were traced during the end-to-end tests on Debian 12
 * and 13; those of error paths and other versions of the libraries were added. Included only by seccomp.c.
 */
#ifndef BOX_CALLS_H
#define BOX_CALLS_H

#include "../filter/filter.h"

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/kvm.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* Newer than some headers. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

/* Every process: memory, open streams, time, signals to itself, exit. */
static const int calls_every[] = {
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_close,
    SYS_lseek,
    SYS_fstat,
    SYS_newfstatat,
    SYS_fcntl,
    SYS_ppoll,
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_futex,
    SYS_getrandom,
    SYS_membarrier,
    SYS_rseq,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_rt_sigpending,
    SYS_rt_sigtimedwait,
    SYS_sigaltstack,
    SYS_dup3,
    SYS_restart_syscall,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_gettimeofday,
    SYS_nanosleep,
    SYS_clock_nanosleep,
    SYS_getpid,
    SYS_getppid,
    SYS_gettid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getgroups,
    SYS_exit,
    SYS_exit_group,
#ifdef __x86_64__
    SYS_dup2,
    SYS_poll,
    SYS_time,
#endif
};

/* Accepting connections, and using connected sockets. */
static const int calls_streams[] = {
    SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg,   SYS_sendto,     SYS_sendmsg,     SYS_sendmmsg,    SYS_shutdown,
    SYS_accept,   SYS_accept4, SYS_getsockopt, SYS_setsockopt, SYS_getsockname, SYS_getpeername,
};

/* Programs with threads and an event loop, which inspect the system that they run on. */
static const int calls_threads[] = {
    SYS_set_robust_list,
    SYS_get_robust_list,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_getcpu,
    SYS_sysinfo,
    SYS_uname,
    SYS_getrusage,
    SYS_times,
    SYS_futex_waitv,
    SYS_capget,
    SYS_dup,
    SYS_pipe2,
    SYS_close_range,
    SYS_eventfd2,
    SYS_signalfd4,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_epoll_pwait2,
    SYS_timerfd_create,
    SYS_timerfd_settime,
    SYS_timerfd_gettime,
    SYS_pselect6,
    SYS_rt_sigsuspend,
    SYS_mlock,
    SYS_munlock,
    SYS_mincore,
#ifdef __x86_64__
    SYS_pipe,
    SYS_epoll_wait,
    SYS_select,
#endif
};

/* Inspecting and reading the files that the process can see. */
static const int calls_look[] = {
    SYS_faccessat, SYS_faccessat2, SYS_statx,   SYS_readlinkat, SYS_getcwd,    SYS_getdents64, SYS_statfs, SYS_fstatfs,
    SYS_pread64,   SYS_preadv,     SYS_preadv2, SYS_fsync,      SYS_fdatasync, SYS_fadvise64,  SYS_flock,  SYS_umask,
#ifdef __x86_64__
    SYS_access,    SYS_stat,       SYS_lstat,   SYS_readlink,   SYS_getdents,
#endif
};

/* Opening them for any use, and writing them. */
static const int calls_files[] = {
    SYS_openat,    SYS_openat2,   SYS_pwrite64,        SYS_pwritev,         SYS_pwritev2,
    SYS_fallocate, SYS_ftruncate, SYS_sync_file_range, SYS_copy_file_range, SYS_msync,
#ifdef __x86_64__
    SYS_open,
#endif
};

/* Executing a program, what its loader does, and installing a filter of its own. */
static const int calls_program[] = {
    SYS_execve,
    SYS_set_tid_address,
    SYS_seccomp,
#ifdef __x86_64__
    SYS_arch_prctl,
#endif
#ifdef PROGRAMS_ARE_SCRIPTS
    /* Tests replace programs by shell scripts. */
    SYS_clone,
    SYS_fork,
    SYS_vfork,
    SYS_wait4,
    SYS_kill,
    SYS_setpgid,
    SYS_getpgrp,
    SYS_getpgid,
    SYS_getsid,
    SYS_chdir,
    SYS_getxattr,
    SYS_lgetxattr,
    SYS_mkdir,
    SYS_unlinkat,
    SYS_unlink,
    SYS_alarm,
    SYS_statx,
    SYS_prlimit64,
    SYS_getpriority,
#endif
};

static const int calls_qemu[] = {SYS_memfd_create};

/* Sockets of the guest. Creating them: checks_internet. */
static const int calls_internet[] = {SYS_bind, SYS_connect, SYS_listen};

/* Serving the guest's changes to volumes. */
static const int calls_share[] = {
    SYS_mkdirat,   SYS_mknodat,   SYS_symlinkat,   SYS_linkat,       SYS_unlinkat,     SYS_renameat2, SYS_fchmod,
    SYS_fchmodat,  SYS_fchmodat2, SYS_fchown,      SYS_fchownat,     SYS_utimensat,    SYS_truncate,  SYS_setxattr,
    SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr,
#ifdef __x86_64__
    SYS_mkdir,     SYS_mknod,     SYS_symlink,     SYS_link,         SYS_unlink,       SYS_rmdir,     SYS_rename,
    SYS_renameat,  SYS_chmod,
#endif
};

/* Serving the guest's other requests. */
static const int calls_share_look[] = {
    SYS_syncfs,
    SYS_fchdir,
    SYS_chdir,
    SYS_getxattr,
    SYS_lgetxattr,
    SYS_fgetxattr,
    SYS_listxattr,
    SYS_llistxattr,
    SYS_flistxattr,
    /* acting as users of the guest */
    SYS_setresuid,
    SYS_setresgid,
    SYS_setgroups,
    SYS_capset,
    SYS_setfsuid,
    SYS_setfsgid,
    SYS_sched_getattr,
    SYS_sched_setattr,
    SYS_name_to_handle_at,
};

/* virtiofsd changes its root to the share, as does libkrun's thread that serves files. */
static const int calls_share_jail[] = {SYS_chroot};

/* The watcher waits; filter_calls() adds whom it may signal. */
static const int calls_watch[] = {SYS_wait4};

/* Refused calls fail with ENOSYS, except for these, whose callers do not expect that. */
static const struct call_answer answers[] = {
    {SYS_ioctl, ENOTTY},   {SYS_socket, EAFNOSUPPORT}, {SYS_socketpair, EAFNOSUPPORT},
    {SYS_prctl, EINVAL},   {SYS_clone, EPERM},         {SYS_unshare, EPERM},
    {SYS_execve, EPERM},   {SYS_execveat, EPERM},      {SYS_kill, EPERM},
    {SYS_tgkill, EPERM},   {SYS_tkill, EPERM},         {SYS_mmap, EPERM},
    {SYS_mprotect, EPERM}, {SYS_chroot, EPERM},        {SYS_prlimit64, EPERM},
#ifdef __x86_64__
    {SYS_fork, EPERM},     {SYS_vfork, EPERM},
#endif
};

/* For the file server of read-only volumes; checks_look determines what it may open. */
static const struct call_answer answers_read_only[] = {
    {SYS_openat, EROFS},       {SYS_mkdirat, EROFS},   {SYS_mknodat, EROFS},     {SYS_symlinkat, EROFS},
    {SYS_linkat, EROFS},       {SYS_unlinkat, EROFS},  {SYS_renameat2, EROFS},   {SYS_fchmod, EROFS},
    {SYS_fchmodat, EROFS},     {SYS_fchownat, EROFS},  {SYS_fchown, EROFS},      {SYS_utimensat, EROFS},
    {SYS_truncate, EROFS},     {SYS_ftruncate, EROFS}, {SYS_fallocate, EROFS},   {SYS_setxattr, EROFS},
    {SYS_lsetxattr, EROFS},    {SYS_fsetxattr, EROFS}, {SYS_removexattr, EROFS}, {SYS_lremovexattr, EROFS},
    {SYS_fremovexattr, EROFS},
#ifdef __x86_64__
    {SYS_open, EROFS},         {SYS_mkdir, EROFS},     {SYS_unlink, EROFS},      {SYS_rmdir, EROFS},
    {SYS_rename, EROFS},       {SYS_renameat, EROFS},  {SYS_link, EROFS},        {SYS_symlink, EROFS},
    {SYS_chmod, EROFS},
#endif
};

/* Versions of clang-format disagree on how to wrap these. */
/* clang-format off */
#define EXACTLY(number) {UINT32_MAX, (uint32_t)(number)}
#define NEVER(bits) {(bits), 0}
#define CHECK(call, argument, cases) {(call), (argument), (cases), sizeof(cases) / sizeof *(cases)}
/* clang-format on */

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#define NAMESPACES \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* A thread, not a process. clone3() has its flags in memory, which a filter cannot read; the C library then uses clone(). */
static const struct call_case a_thread[] = {{NAMESPACES | CLONE_THREAD, CLONE_THREAD}};
static const struct call_case itself[] = {EXACTLY(0)};
static const struct call_case ioctls_of_streams[] = {
    EXACTLY(FIONREAD), EXACTLY(FIONBIO), EXACTLY(FIOCLEX), EXACTLY(FIONCLEX), EXACTLY(TCGETS), EXACTLY(TIOCGWINSZ),
};
static const struct call_case prctls_of_threads[] = {
    EXACTLY(PR_SET_NAME),         EXACTLY(PR_GET_NAME),     EXACTLY(PR_SET_PDEATHSIG), EXACTLY(PR_SET_TIMERSLACK),
    EXACTLY(PR_MCE_KILL),         EXACTLY(PR_GET_DUMPABLE), EXACTLY(PR_CAPBSET_READ),  EXACTLY(PR_SET_VMA),
    EXACTLY(PR_GET_NO_NEW_PRIVS), EXACTLY(PR_GET_SECCOMP),
};
static const struct call_check checks_threads[] = {
    CHECK(SYS_clone, 0, a_thread),
    CHECK(SYS_prlimit64, 0, itself),
    CHECK(SYS_prctl, 0, prctls_of_threads),
};
static const struct call_check checks_streams[] = {CHECK(SYS_ioctl, 1, ioctls_of_streams)};

/* Memory that is not executable. */
static const struct call_case no_code[] = {NEVER(PROT_EXEC)};
static const struct call_check checks_no_code[] = {CHECK(SYS_mmap, 2, no_code), CHECK(SYS_mprotect, 2, no_code)};

/* For the loader, and for a translator of code. */
static const struct call_case anything[] = {NEVER(0)};
static const struct call_check checks_code[] = {CHECK(SYS_mmap, 2, anything), CHECK(SYS_mprotect, 2, anything)};

static const struct call_case ioctls_of_disks[] = {
    EXACTLY(BLKGETSIZE64), EXACTLY(BLKSSZGET), EXACTLY(BLKPBSZGET), EXACTLY(BLKDISCARD), EXACTLY(BLKZEROOUT),
};
static const struct call_check checks_files[] = {CHECK(SYS_ioctl, 1, ioctls_of_disks)};

/* Opening read-only, without writing, creating or truncating. */
static const struct call_case to_read[] = {NEVER(O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))};
static const struct call_check checks_look[] = {
    CHECK(SYS_openat, 2, to_read),
#ifdef __x86_64__
    CHECK(SYS_open, 1, to_read),
#endif
};

static const struct call_case ioctls_of_kvm[] = {{0xff00, KVMIO << 8}};
static const struct call_check checks_kvm[] = {CHECK(SYS_ioctl, 1, ioctls_of_kvm)};

static const struct call_case prctls_of_filters[] = {EXACTLY(PR_SET_NO_NEW_PRIVS), EXACTLY(PR_SET_SECCOMP)};
static const struct call_check checks_program[] = {CHECK(SYS_prctl, 0, prctls_of_filters)};

/* Pairs, between its own threads. */
static const struct call_case of_pairs[] = {EXACTLY(AF_UNIX)};
static const struct call_check checks_qemu[] = {CHECK(SYS_socketpair, 0, of_pairs)};

/*
 * No Unix sockets: they would lead to other boxes and to the user's services, and abstract ones even out of the VMM's own
 * root. Those that a VMM needs are already open.
 */
static const struct call_case of_internet[] = {EXACTLY(AF_INET), EXACTLY(AF_INET6)};
static const struct call_check checks_internet[] = {CHECK(SYS_socket, 0, of_internet)};

/* Threads with a working directory and umask of their own. */
static const struct call_case own_folder[] = {NEVER(~(uint32_t)(CLONE_FS | CLONE_FILES | CLONE_SYSVSEM))};
static const struct call_case prctls_of_capabilities[] = {
    EXACTLY(PR_CAPBSET_DROP),   EXACTLY(PR_CAP_AMBIENT),  EXACTLY(PR_GET_SECUREBITS),
    EXACTLY(PR_SET_SECUREBITS), EXACTLY(PR_SET_KEEPCAPS), EXACTLY(PR_GET_KEEPCAPS),
};
static const struct call_check checks_share[] = {
    CHECK(SYS_unshare, 0, own_folder),
    CHECK(SYS_prctl, 0, prctls_of_capabilities),
};

#endif
