#ifndef BOX_SECCOMP_H
#define BOX_SECCOMP_H

#include <stddef.h>
#include <sys/types.h>

/* Groups of system calls (calls.h) that a filter can allow in addition to those that every process needs. */
enum calls {
    CALLS_STREAMS = 1 << 0,
    CALLS_THREADS = 1 << 1,
    CALLS_FILES = 1 << 2,
    CALLS_PROGRAM = 1 << 3, /* executing a program, which maps new code */
    CALLS_QEMU = 1 << 4,
    CALLS_KVM = 1 << 5,
    CALLS_INTERNET = 1 << 6,
    CALLS_SHARE = 1 << 7,
    CALLS_SHARE_JAIL = 1 << 8,
    CALLS_WATCH = 1 << 9,
    CALLS_LOOK = 1 << 10 /* files and volumes, of which it changes nothing; not beside CALLS_FILES and CALLS_SHARE */
};

/* The processes of a VMM. Network and volumes add groups to libkrun's. */
enum {
    ROLE_QEMU = CALLS_STREAMS | CALLS_THREADS | CALLS_FILES | CALLS_PROGRAM | CALLS_QEMU,
    ROLE_KRUN = CALLS_STREAMS | CALLS_THREADS | CALLS_FILES | CALLS_KVM,
    ROLE_VIRTIOFSD = CALLS_STREAMS | CALLS_THREADS | CALLS_FILES | CALLS_PROGRAM | CALLS_SHARE | CALLS_SHARE_JAIL,
    ROLE_VIRTIOFSD_READ_ONLY = CALLS_STREAMS | CALLS_THREADS | CALLS_LOOK | CALLS_PROGRAM | CALLS_SHARE_JAIL,
    ROLE_NETWORK = CALLS_STREAMS | CALLS_INTERNET,
    ROLE_SWITCH = CALLS_STREAMS,
    ROLE_WATCHER = CALLS_WATCH
};

/*
 * Restricts this process, and programs it executes, to the calls of its role, a set of `enum calls`. no_new_privs must be
 * set. Records the result in the list of layers.
 * @param victims processes that it may signal, besides itself
 */
void filter_calls(unsigned role, const pid_t *victims, size_t count);

#endif
