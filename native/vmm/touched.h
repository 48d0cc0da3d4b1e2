#ifndef BOX_TOUCHED_H
#define BOX_TOUCHED_H

#include <stddef.h>

/* Copies the pages of a private mapping of a template's memory that the list (template.h) says will be written to. */
void copy_touched(void *memory, size_t length);

#endif
