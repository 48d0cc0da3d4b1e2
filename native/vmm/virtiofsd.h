#ifndef BOX_VIRTIOFSD_H
#define BOX_VIRTIOFSD_H

#include "vmm.h"

#include <stdbool.h>

/* QEMU's connections to the servers of the volumes; -1: there is none. */
struct share_streams {
    int all;
    int read_only; /* those have a server of their own where nothing else can keep them read-only */
};

/* The one that QEMU brought along up to version 7, else the one in Rust. */
bool is_virtiofsd_in_c(const char *path);

/* Starts virtiofsd, which sees the volumes and nothing else of the machine, as a member of the supervised processes. */
struct share_streams start_virtiofsd(const struct machine *machine);

#endif
