#ifndef BOX_CLIENT_CLAIM_H
#define BOX_CLIENT_CLAIM_H

#include "plan.h"

/* A VM of a pool: it ends with the connection to its monitor, or before that with the one to the pool's keeper, unless a
 * box has been launched in it. */
struct claim {
    char id[65];
    int keeper, monitor;
};

/* Takes a VM from the plan's pool, as src/engine/pools/claim.ts does, and claims it. Its directory is that of a box being
 * created then. Returns false, without a VM, if that is not simply possible: the pool is not running, or has none. */
bool claim_vm(const struct plan *plan, struct claim *claim);

/* Waits until the VM's agent has shown that it is alive. */
bool await_claimed(const struct claim *claim);

/* Tells the keeper that the VM has become a box, this many milliseconds after the command began. */
void note_acquired(const struct claim *claim, double milliseconds);

/* Ends the VM and removes its files. */
void discard_vm(const struct plan *plan, struct claim *claim);

#endif
