#ifndef BOX_CLIENT_WITNESS_H
#define BOX_CLIENT_WITNESS_H

#include <stdbool.h>

/* Whether something on the host that a plan depends on is as it was (src/engine/plan/witnesses.ts). */
bool is_as_before(const char *witness);

#endif
