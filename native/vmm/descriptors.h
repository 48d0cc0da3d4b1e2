#ifndef BOX_DESCRIPTORS_H
#define BOX_DESCRIPTORS_H

#include "vmm.h"

#include <stdbool.h>

/*
 * Moves a descriptor above the low numbers, each of which has a fixed meaning in the program to be executed. If INHERITED,
 * it stays open in that program.
 */
int move_above(int fd, bool inherited);

/* Gives a descriptor the number PLACE, too, with which programs inherit it. */
void put_at(int fd, int place);

/* In a helper process of the VMM: closes the streams that only the VMM needs. */
void close_vmm_streams(const struct machine *machine);

#endif
