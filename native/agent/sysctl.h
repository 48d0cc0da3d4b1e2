// The kernel's settings below /proc/sys; writable until the paths are closed.
#ifndef SYSCTL_H
#define SYSCTL_H

#include "failure.h"

// `path` is relative to /proc/sys.
bool set_sysctl(const char *path, const char *value, struct failure *failure);

// What distributions set: in folders that all may write to, nobody's links, FIFOs and files mislead others. A kernel of
// the user's own may know none of it.
void protect_links(void);

#endif
