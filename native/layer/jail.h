#ifndef LAYER_JAIL_H
#define LAYER_JAIL_H

/*
 * Confines this process before it reads untrusted input: it may write to files in its working directory, make a few
 * system calls and use a limited amount of memory. Mechanisms that the kernel lacks are skipped.
 */
void enter_jail(void);

#endif
