#ifndef BOX_SUPERVISE_H
#define BOX_SUPERVISE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The processes of a VMM: the VMM and, under QEMU, the server of its files. This process starts them, in a process
 * namespace where there is one, and waits; it is what the monitor knows. Whichever ends first ends the others.
 */

/* Kills this process when its parent ends, from now on, or at once when it already has. */
void die_with(pid_t parent);

/* Forks a member. In the member it returns 0. NAME is what its end is told by; NULL: it is the VMM. */
pid_t fork_supervised(const char *name);

/* In a member: the same as die_with(), whose parent may be in another process namespace and have no number here. */
void die_with_supervisor(void);

/*
 * Becomes USER, if it is not 0, and gives up what it does not need; OVER_ROOT: members stay root, whom it still ends.
 * Then it waits for the first end, ends all, says on stderr which it was and how it ended if it went wrong, and ends
 * as that one did.
 */
_Noreturn void supervise(uid_t user, bool over_root, pid_t parent);

#endif
