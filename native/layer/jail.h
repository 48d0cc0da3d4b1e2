#ifndef LAYER_JAIL_H
#define LAYER_JAIL_H

/*
 * What comes is a stranger's. From here on this process has files of the folder that it stands in, to write to, a few
 * system calls, bounded memory, and nothing else of the host. What this kernel does not have is left out.
 */
void shut_in(void);

#endif
