#include "security.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAP(name) (UINT64_C(1) << (name))

static bool limit_capabilities(uint64_t set) {
    for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++) {
        if (!(set & CAP(cap)) && prctl(PR_CAPBSET_DROP, cap) < 0) return false;
    }
    return true;
}

static bool set_capabilities(uint64_t set) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {
        {.effective = (uint32_t)set, .permitted = (uint32_t)set},
        {.effective = (uint32_t)(set >> 32), .permitted = (uint32_t)(set >> 32)},
    };
    return syscall(SYS_capset, &header, data) == 0;
}

static bool change_user(const struct identity *identity, struct failure *failure) {
    if (setgroups(identity->group_count, identity->groups) < 0) {
        return fail(failure, "failed", "cannot set groups: %s", strerror(errno));
    }
    if (setgid(identity->gid) < 0) {
        return fail(failure, "failed", "cannot become group %u: %s", identity->gid, strerror(errno));
    }
    if (setuid(identity->uid) < 0) {
        return fail(failure, "failed", "cannot become user %u: %s", identity->uid, strerror(errno));
    }
    return true;
}

static bool load_filter(const struct filter *filter, struct failure *failure) {
    static struct sock_filter instructions[MAX_FILTER];
    if (filter->count == 0) return true;
    memcpy(instructions, filter->instructions, filter->count * sizeof instructions[0]);
    struct sock_fprog program = {.len = (unsigned short)filter->count, .filter = instructions};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter->flags, &program) == 0) return true;
    return fail(failure, "failed", "cannot load the seccomp filter: %s", strerror(errno));
}

bool security_become(const struct start *start, const struct identity *identity, struct failure *failure) {
    _Static_assert(sizeof(struct sock_filter) == INSTRUCTION_BYTES, "an instruction of BPF");
    if (!limit_capabilities(start->capabilities)) {
        return fail(failure, "failed", "cannot drop capabilities: %s", strerror(errno));
    }
    // The filter is loaded last, which requires CAP_SYS_ADMIN. execve then removes it: root keeps only the bounding
    // set, and other users keep nothing.
    if (prctl(PR_SET_KEEPCAPS, 1) < 0) return fail(failure, "failed", "cannot keep capabilities: %s", strerror(errno));
    if (!change_user(identity, failure)) return false;
    if (!set_capabilities((identity->uid == 0 ? start->capabilities : 0) | CAP(CAP_SYS_ADMIN))) {
        return fail(failure, "failed", "cannot set capabilities: %s", strerror(errno));
    }
    if ((start->flags & FLAG_NO_NEW_PRIVS) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        return fail(failure, "failed", "cannot set no_new_privs: %s", strerror(errno));
    }
    return load_filter(&start->filter, failure);
}

#define LOAD_CALL BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define ALLOW(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

bool security_confine(const struct identity *identity, struct failure *failure) {
    // Numbers of x86-64 only: on i386 they are other calls. close is for the caller's last descriptor.
    static const struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        LOAD_CALL,
        ALLOW(SYS_rt_sigtimedwait),
        ALLOW(SYS_wait4),
        ALLOW(SYS_kill),
        ALLOW(SYS_close),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    const struct filter filter = {
        .count = sizeof instructions / sizeof instructions[0],
        .instructions = (const uint8_t *)instructions,
    };
    if (!change_user(identity, failure)) return false;
    if (!set_capabilities(0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0) {
        return fail(failure, "failed", "cannot drop privileges: %s", strerror(errno));
    }
    return load_filter(&filter, failure);
}
