#ifndef BOX_DIE_H
#define BOX_DIE_H

#include "../common/die.h"

/* Exit codes of the helper (docs/vmm-helper.md). */
enum { EXIT_HELPER = EXIT_DIED, EXIT_LOCKED = 75 };

#endif
