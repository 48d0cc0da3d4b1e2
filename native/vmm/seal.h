#ifndef BOX_SEAL_H
#define BOX_SEAL_H

#include <stdbool.h>

/*
 * Prevents this process, which must have set no_new_privs, from opening files, and from signaling outside processes or
 * reaching them through abstract sockets. Returns true if the kernel has no Landlock; false, with errno set, if it fails.
 */
bool seal_files(void);

#endif
