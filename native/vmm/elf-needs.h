#ifndef BOX_ELF_NEEDS_H
#define BOX_ELF_NEEDS_H

#include <stdbool.h>

/* Whether a program is dynamically linked with a library. */
bool is_linked_with(const char *program, const char *library);

#endif
