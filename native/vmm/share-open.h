#ifndef BOX_SHARE_OPEN_H
#define BOX_SHARE_OPEN_H

#include <sys/types.h>

/* openat() of virtiofsd's: by the kernel, or from the volumes that were handed to it. */
int share_open(int folder, const char *path, int flags, mode_t mode);

#endif
