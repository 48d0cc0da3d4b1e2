#ifndef BOX_DATA_LIMIT_H
#define BOX_DATA_LIMIT_H

#include <sys/resource.h>

/*
 * The monitor's own data, unless the caller names another limit: newer Nodes reserve hundreds of MiB for themselves. It
 * has 80 MiB (most of them stacks that are never touched), and some 280 MiB when commands leave in it all that they may:
 * a monitor that needs more is at fault, and ends its box instead of filling the host.
 */
enum { MONITOR_DATA = 512 << 20 };

/* In a child of a monitor's: takes away the limit that is the monitor's alone. */
void lift_data_limit(void);

/* Limits this process, which becomes the monitor, to so many bytes. */
void limit_data(rlim_t most);

#endif
