#ifndef BOX_CLIENT_UTF8_H
#define BOX_CLIENT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Returns true for well-formed UTF-8 (The Unicode Standard, table 3-7). */
bool is_utf8(const char *bytes, size_t length);

#endif
