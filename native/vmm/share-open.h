#ifndef BOX_SHARE_OPEN_H
#define BOX_SHARE_OPEN_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether this process is a virtiofsd without a private root. */
bool share_is_active(void);

/* Whether a name leads out of no directory; always true if this is another process. */
bool share_may_name(int folder, const char *name);

/* virtiofsd's openat(): passes it to the kernel, or opens one of the volumes given to it. */
int share_open(int folder, const char *path, int flags, mode_t mode);

#endif
