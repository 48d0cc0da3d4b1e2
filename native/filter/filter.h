/* Compiles lists of system calls into a BPF program for seccomp(2). */
#ifndef BOX_FILTER_H
#define BOX_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A permitted value of an argument in the bits of MASK. */
struct call_case {
    uint32_t mask;
    uint32_t value;
};

/* A call that is allowed if one of its arguments has one of these values. Only the low 32 bits are compared. */
struct call_check {
    int call;
    unsigned argument;
    const struct call_case *cases;
    size_t count;
};

/* The error that a refused call fails with. */
struct call_answer {
    int call;
    int error;
};

enum { MAX_INSTRUCTIONS = 1024 };

struct filter {
    struct sock_filter code[MAX_INSTRUCTIONS];
    unsigned short length;
};

/* Starts a filter, which kills the process on calls of other architectures. */
void filter_begin(struct filter *filter);

void filter_allow(struct filter *filter, const int *calls, size_t count);

/* A call is allowed if any of its checks matches. */
void filter_check(struct filter *filter, const struct call_check *check);

/*
 * Kills the process on calls that no library makes by accident: whatever makes one is not the program that was started.
 */
void filter_kill(struct filter *filter);

void filter_answer(struct filter *filter, const struct call_answer *answers, size_t count);

/*
 * Completes and installs the filter: all other calls fail with ENOSYS, as on an older kernel, so that libraries fall
 * back to older calls. Applies to all threads, also after execve. Requires no_new_privs. Returns false with errno set
 * if the kernel refuses the filter or it is too long.
 */
bool filter_install(struct filter *filter);

#endif
