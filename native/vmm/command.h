#ifndef BOX_COMMAND_H
#define BOX_COMMAND_H

#include <stddef.h>

/* Returns a command line with words appended. */
char **extended(char **command, char *const *words, size_t more);

#endif
