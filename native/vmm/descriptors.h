#ifndef BOX_DESCRIPTORS_H
#define BOX_DESCRIPTORS_H

#include <stdbool.h>

/* Moves a descriptor out of the way of those that QEMU expects. It stays open in what is executed if INHERITED. */
int above(int fd, bool inherited);

#endif
