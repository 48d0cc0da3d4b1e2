/*
 * refuse-namespaces user|all|bare PROGRAM WORD…: runs a program with user namespaces refused as Docker's seccomp
 * profile refuses them; with `all`, as without CAP_SYS_ADMIN: all namespaces and all of unshare(2); with `bare`,
 * Landlock too.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, value)
#define REFUSE(reason) ANSWER(SECCOMP_RET_ERRNO | (reason))

#define NAMESPACES \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

int main(int count, char **words) {
    if (count < 3) return 2;
    const int bare = strcmp(words[1], "bare") == 0;
    const int all = bare || strcmp(words[1], "all") == 0;
    struct sock_filter filter[] = {
        LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, bare ? SYS_landlock_create_ruleset : SYS_clone3, 8, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 7, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 0, 4),
        LOAD(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, all ? UINT32_MAX : CLONE_NEWUSER, 4, 2),
        LOAD(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, all ? NAMESPACES : CLONE_NEWUSER, 2, 0),
        ANSWER(SECCOMP_RET_ALLOW),
        REFUSE(ENOSYS),
        REFUSE(EPERM),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        perror("refuse-namespaces: prctl");
        return 1;
    }
    execvp(words[2], words + 2);
    perror(words[2]);
    return 1;
}
