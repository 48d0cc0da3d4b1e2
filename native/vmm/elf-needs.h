#ifndef BOX_ELF_NEEDS_H
#define BOX_ELF_NEEDS_H

#include <stdbool.h>

/* Whether a program names a library among those that it is linked with. */
bool is_linked_with(const char *program, const char *library);

#endif
