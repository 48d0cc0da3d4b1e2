#ifndef BOX_SHARE_OPEN_H
#define BOX_SHARE_OPEN_H

#include <sys/types.h>

/* virtiofsd's openat(): passes it to the kernel, or opens one of the volumes given to it. */
int share_open(int folder, const char *path, int flags, mode_t mode);

#endif
