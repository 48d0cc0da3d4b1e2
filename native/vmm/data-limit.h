#ifndef BOX_DATA_LIMIT_H
#define BOX_DATA_LIMIT_H

#include <sys/resource.h>

/*
 * The default limit on the monitor's data; newer versions of Node reserve hundreds of MiB and need a higher one. A monitor
 * has 80 MiB (mostly untouched stacks), and up to 280 MiB when commands make it hold as much as they can. If it exceeds the
 * limit because of a bug, it ends its box instead of filling the host's memory.
 */
enum { MONITOR_DATA = 512 << 20 };

/* In a child process of a monitor: lifts the limit, which is meant for the monitor only. */
void lift_data_limit(void);

/* Limits the data of this process, which becomes the monitor, to MAX bytes. */
void limit_data(rlim_t max);

#endif
