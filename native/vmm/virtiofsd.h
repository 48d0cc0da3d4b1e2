#ifndef BOX_VIRTIOFSD_H
#define BOX_VIRTIOFSD_H

#include "vmm.h"

#include <stdbool.h>

/* QEMU's connections to the file servers of the volumes; -1: none. */
struct share_streams {
    int all;
    int read_only; /* they have a separate server if nothing else can make them read-only */
};

/* Whether it is the one that QEMU included up to version 7, rather than the one in Rust. */
bool is_virtiofsd_in_c(const char *path);

/* Starts virtiofsd as a supervised process, which sees only the volumes. */
struct share_streams start_virtiofsd(const struct machine *machine);

#endif
