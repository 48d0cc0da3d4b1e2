#ifndef BOX_CLIENT_WITNESS_H
#define BOX_CLIENT_WITNESS_H

#include "plan.h"

#include <stdbool.h>

/* Whether the things on the host that a plan depends on are as they were (src/engine/plan/witnesses.ts). */
bool are_as_before(const struct witnesses *witnesses);

#endif
