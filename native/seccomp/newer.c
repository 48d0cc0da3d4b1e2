#include "newer.h"

#include "../common/die.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>

enum { X32_BIT = 0x40000000, FIRST_NEWER = 451 };

static const char *const NEWER[] = {
    "cachestat",        "fchmodat2",      "map_shadow_stack", "futex_wake",        "futex_wait",
    "futex_requeue",    "statmount",      "listmount",        "lsm_get_self_attr", "lsm_set_self_attr",
    "lsm_list_modules", "mseal",          "setxattrat",       "getxattrat",        "listxattrat",
    "removexattrat",    "open_tree_attr", "file_getattr",     "file_setattr",
};

bool add_newer(struct prologue *prologue, const char *name, const struct rule *rule) {
    for (uint32_t i = 0; i < sizeof NEWER / sizeof NEWER[0]; i++) {
        if (strcmp(NEWER[i], name) != 0) continue;
        if (rule->comparison_count > 0) die("%s: comparing arguments of a system call this new is not supported", name);
        if (prologue->count == sizeof prologue->newer / sizeof prologue->newer[0]) die("too many rules");
        uint32_t number = FIRST_NEWER + i;
        prologue->newer[prologue->count].number = number;
        prologue->newer[prologue->count++].action = rule->action;
        if (number > prologue->last_x86_64) prologue->last_x86_64 = number;
        if (number > prologue->last_x86) prologue->last_x86 = number;
        return true;
    }
    return false;
}

void note_call(struct prologue *prologue, const char *name) {
    int number = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, name);
    if (number > (int)prologue->last_x86_64) prologue->last_x86_64 = (uint32_t)number;
    number = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, name);
    if (number > (int)prologue->last_x86) prologue->last_x86 = (uint32_t)number;
}

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, field))
#define JUMP(test, value, yes, no) BPF_JUMP(BPF_JMP | (test) | BPF_K, value, (uint8_t)(yes), (uint8_t)(no))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)

static size_t write_calls(const struct prologue *prologue, uint32_t last, struct sock_filter *at) {
    struct sock_filter *start = at;
    for (size_t i = 0; i < prologue->count; i++) {
        *at++ = (struct sock_filter)JUMP(BPF_JEQ, prologue->newer[i].number, 0, 1);
        *at++ = (struct sock_filter)RETURN(prologue->newer[i].action);
    }
    bool refuses = prologue->default_action != SCMP_ACT_ALLOW && prologue->default_action != SCMP_ACT_LOG;
    if (refuses) {
        *at++ = (struct sock_filter)JUMP(BPF_JGT, last, 0, 1);
        *at++ = (struct sock_filter)RETURN(SCMP_ACT_ERRNO(ENOSYS));
    }
    return (size_t)(at - start);
}

size_t write_prologue(const struct prologue *prologue, struct sock_filter *at) {
    struct sock_filter *start = at;
    struct sock_filter calls[MAX_PROLOGUE];
    size_t length = write_calls(prologue, prologue->last_x86_64, calls);
    // Calls of x32 skip this part.
    *at++ = (struct sock_filter)LOAD(arch);
    *at++ = (struct sock_filter)JUMP(BPF_JEQ, AUDIT_ARCH_X86_64, 0, length + 2);
    *at++ = (struct sock_filter)LOAD(nr);
    *at++ = (struct sock_filter)JUMP(BPF_JGE, X32_BIT, length, 0);
    memcpy(at, calls, length * sizeof *at);
    at += length;
    if (prologue->with_x86) {
        length = write_calls(prologue, prologue->last_x86, calls);
        *at++ = (struct sock_filter)LOAD(arch);
        *at++ = (struct sock_filter)JUMP(BPF_JEQ, AUDIT_ARCH_I386, 0, length + 1);
        *at++ = (struct sock_filter)LOAD(nr);
        memcpy(at, calls, length * sizeof *at);
        at += length;
    }
    return (size_t)(at - start);
}
