#ifndef BOX_DESCRIPTORS_H
#define BOX_DESCRIPTORS_H

#include "vmm.h"

#include <stdbool.h>

/*
 * Moves a descriptor out of the way of the low ones, each of which has a place of its own in what is executed. It stays
 * open there if INHERITED.
 */
int above(int fd, bool inherited);

/* In a process that works for the VMM: closes the streams that are the VMM's alone. */
void close_vmm_streams(const struct machine *machine);

#endif
