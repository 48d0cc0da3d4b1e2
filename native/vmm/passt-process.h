#ifndef BOX_PASST_PROCESS_H
#define BOX_PASST_PROCESS_H

#include "vmm.h"

/* For `processes`: starts passt as for a box and prints how it is isolated; prints nothing if it cannot run. */
void measure_passt(const struct machine *machine);

#endif
