#ifndef BOX_CLIENT_LAYER_H
#define BOX_CLIENT_LAYER_H

#include <stdbool.h>

/* Copies a sparse file to a new one: as a reflink, or else only what is not zero. */
bool copy_layer(const char *from, const char *to);

#endif
