#ifndef BOX_CLIENT_KEY_H
#define BOX_CLIENT_KEY_H

#include "../buffer.h"

/* Adds to a key what a plan depends on besides the command line: this installation, and the variables that box reads.
 * Returns false if Node has to handle the command. */
bool add_surroundings(struct buffer *key, char *const *environment);

#endif
