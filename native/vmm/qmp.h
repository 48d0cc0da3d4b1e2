#ifndef BOX_QMP_H
#define BOX_QMP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Over QEMU's monitor (QMP), writes the state of a running VM to a file and waits until that is done, at most until DEADLINE_MS.
 * The VM does not run afterwards. Returns false if it fails.
 */
bool freeze_vm(int qmp, int state, int64_t deadline_ms);

#endif
