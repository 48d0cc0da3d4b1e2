/* Lists of allowed system calls, made into a program of the kernel's packet filter (seccomp(2)). */
#ifndef BOX_FILTER_H
#define BOX_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value that an argument may have in the bits of MASK. */
struct call_case {
    uint32_t mask;
    uint32_t value;
};

/* A call that is allowed when one of its arguments has one of these values. The low half of the argument counts. */
struct call_check {
    int call;
    unsigned argument;
    const struct call_case *cases;
    size_t count;
};

/* An error that a refused call gives. */
struct call_answer {
    int call;
    int error;
};

enum { FILTER_ROOM = 1024 };

struct filter {
    struct sock_filter code[FILTER_ROOM];
    unsigned short length;
};

/* First of all: ends the process at a call of another architecture's. */
void filter_begin(struct filter *filter);

void filter_allow(struct filter *filter, const int *calls, size_t count);

/* Several checks of one call add up. */
void filter_check(struct filter *filter, const struct call_check *check);

/* Calls that no library tries by chance end the process from here on: whoever makes one is not what was started. */
void filter_kill(struct filter *filter);

void filter_answer(struct filter *filter, const struct call_answer *answers, size_t count);

/*
 * Last: every other call gives ENOSYS, as on an older kernel, so that a library falls back on what it did there. In force
 * from here on for all threads, and for what this process executes; new_privs must have been given up. False, and errno,
 * when the kernel refuses or the program has no room.
 */
bool filter_install(struct filter *filter);

#endif
