#ifndef DISCARD_H
#define DISCARD_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Memory of a guest that continues a template is a private mapping of a file. If the guest gives a part of it back, MADV_DONTNEED
 * would restore the template's pages there; instead, the part becomes anonymous memory, which is empty.
 */

/* Begins to treat this mapping so. */
void discard_within(void *memory, size_t length);

bool is_discarding(void);

/* Discards memory. Returns false if it is not in the mapping. Parts that cannot be discarded stay as they are. */
bool discard(void *at, size_t length);

#endif
