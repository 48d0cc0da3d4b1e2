#ifndef BOX_CLIENT_LEASE_H
#define BOX_CLIENT_LEASE_H

#include "identity.h"
#include "plan.h"

/* Protects the plan's image from removal, as src/oci/store/lease.ts does. Returns false, without any lease, if that is not
 * simply possible. */
bool take_leases(const struct plan *plan, const struct identity *identity);
void release_leases(const struct plan *plan, const struct identity *identity);

#endif
