#ifndef BOX_CLIENT_PLAN_FILE_H
#define BOX_CLIENT_PLAN_FILE_H

#include "../buffer.h"
#include "plan.h"

#include <stdint.h>

/* Reads the plan with this key, which nobody but this user can have written. Returns false if there is none. */
bool find_plan(const struct buffer *key, uint64_t digest, struct plan *plan);

#endif
