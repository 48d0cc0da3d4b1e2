#include "jail.h"

#include "../common/cleanup.h"
#include "../common/landlock.h"
#include "../filter/filter.h"
#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Enough for a zstd window (128 MiB) and everything else. */
#define MAX_MEMORY ((rlim_t)256 << 20)
/* More than any disk of a box; a larger file fails with EFBIG. */
#define MAX_FILE_SIZE ((rlim_t)1 << 40)
enum { MAX_OPEN_FILES = 8 };

static const int allowed[] = {
    SYS_read,
    SYS_write,
    SYS_writev,
    SYS_pwrite64,
    SYS_close,
    SYS_lseek,
    SYS_fstat,
    SYS_newfstatat,
    SYS_fstatfs,
    SYS_statfs,
    SYS_ftruncate,
    SYS_sync_file_range,
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_futex,
    SYS_getrandom,
    SYS_membarrier,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_getpid,
    SYS_gettid,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_restart_syscall,
    SYS_clock_gettime,
    SYS_gettimeofday,
    SYS_clock_nanosleep,
    SYS_exit,
    SYS_exit_group,
};

/* Allows opening files for writing, the writer's thread, memory that is not executable, and signals to itself. */
static void filter_calls(void) {
    static struct filter filter;
    const struct call_case write_only[] = {{O_ACCMODE | O_CREAT, O_WRONLY}};
    const struct call_case thread_only[] = {{CLONE_VM | CLONE_THREAD | CLONE_NEWUSER, CLONE_VM | CLONE_THREAD}};
    const struct call_case no_exec[] = {{PROT_EXEC, 0}};
    const struct call_case itself[] = {{UINT32_MAX, (uint32_t)getpid()}};
    const struct call_check checks[] = {
        {SYS_openat, 2, write_only, 1}, {SYS_clone, 0, thread_only, 1}, {SYS_mmap, 2, no_exec, 1},
        {SYS_mprotect, 2, no_exec, 1},  {SYS_tgkill, 0, itself, 1},
    };
    static const struct call_answer answers[] = {{SYS_openat, EACCES}, {SYS_mmap, EPERM}, {SYS_mprotect, EPERM}};
    filter_begin(&filter);
    filter_allow(&filter, allowed, sizeof allowed / sizeof *allowed);
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) filter_check(&filter, &checks[i]);
    filter_kill(&filter);
    filter_answer(&filter, answers, sizeof answers / sizeof *answers);
    /* Kernels without seccomp return EINVAL. */
    if (!filter_install(&filter) && errno != EINVAL && errno != ENOSYS)
        die_errno("cannot install the system call filter");
}

static void restrict_files(void) {
    long version = landlock_version();
    if (version < 1) return;
    struct ruleset wanted = rules_of_files(version);
    if (version >= 4) wanted.network = TCP;
    cleanup_close int ruleset = make_ruleset(version, &wanted);
    cleanup_close int folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct landlock_path_beneath_attr rule = {
        .allowed_access = (LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE) & wanted.files,
        .parent_fd = folder,
    };
    if (ruleset < 0 || folder < 0 ||
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0 ||
        syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
        die_errno("cannot restrict access to files");
    }
}

/* Root keeps CAP_DAC_OVERRIDE if the directory belongs to another user. */
static void drop_capabilities(void) {
    struct stat folder;
    if (stat(".", &folder) != 0) die_errno("cannot stat the working directory");
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}, {0}};
    if (syscall(SYS_capget, &header, data) != 0) die_errno("cannot read capabilities");
    uint32_t kept = folder.st_uid == geteuid() ? 0 : 1U << CAP_DAC_OVERRIDE;
    data[0].permitted &= kept;
    data[0].effective = data[0].permitted;
    data[1] = (struct __user_cap_data_struct){0};
    data[0].inheritable = 0;
    if (syscall(SYS_capset, &header, data) != 0) die_errno("cannot drop capabilities");
}

static void limit(int resource, rlim_t max) {
    struct rlimit value;
    if (getrlimit(resource, &value) != 0) die_errno("cannot read a resource limit");
    if (value.rlim_max > max) value.rlim_max = max;
    if (value.rlim_cur > value.rlim_max) value.rlim_cur = value.rlim_max;
    if (setrlimit(resource, &value) != 0) die_errno("cannot set a resource limit");
}

static void set_limits(void) {
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, MAX_OPEN_FILES);
    limit(RLIMIT_FSIZE, MAX_FILE_SIZE);
#ifndef __SANITIZE_ADDRESS__
    limit(RLIMIT_DATA, MAX_MEMORY);
#endif
    /* write() then fails with EFBIG instead. */
    signal(SIGXFSZ, SIG_IGN);
}

void enter_jail(void) {
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        die_errno("cannot set no_new_privs");
    }
    set_limits();
    drop_capabilities();
    restrict_files();
    filter_calls();
}
