#ifndef BOX_SUPERVISE_H
#define BOX_SUPERVISE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Supervises the processes of a VMM: the VMM itself and helpers such as the file server under QEMU. This process, the only
 * one that the monitor knows, starts them, in a PID namespace if possible, and waits. When one ends, all of them end.
 */

/* Has this process killed when its parent ends, or immediately if it already has. */
void die_with(pid_t parent);

/* Forks a supervised process, in which it returns 0. NAME is used to report its end; NULL: it is the VMM. */
pid_t fork_supervised(const char *name);

/* In a supervised process: like die_with(), but works if the parent is outside the PID namespace. */
void die_with_supervisor(void);

/* Becomes USER, if not 0, and drops all privileges but that to kill the processes, some of which may still be root. */
void become_watcher(uid_t user);

/*
 * Becomes their watcher, which may signal no others. Then waits until one of them ends, kills the rest, reports an abnormal
 * end on stderr, and exits like that process.
 */
_Noreturn void supervise(uid_t user, pid_t parent);

#endif
