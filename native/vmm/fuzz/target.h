/* One input for what box-vmm reads: options, descriptors of disks, files of subordinate ids. */
#ifndef BOX_VMM_TARGET_H
#define BOX_VMM_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
