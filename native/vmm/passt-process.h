#ifndef BOX_PASST_PROCESS_H
#define BOX_PASST_PROCESS_H

#include "vmm.h"

/* `processes`: starts passt as a box has it and prints how it is shut in; nothing where it cannot run. */
void measure_passt(const struct machine *machine);

#endif
