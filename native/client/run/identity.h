#ifndef BOX_CLIENT_IDENTITY_H
#define BOX_CLIENT_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

struct identity {
    char id[65];
    char name[64];
    /* Now, as in JSON. */
    char time[40];
    /* This process, as in src/host/owner.ts. */
    char process[64];
};

/* Makes the identity of a new box; a name is composed of the given words. Returns false if the system refuses. */
bool make_identity(struct identity *identity, const char *qualities, const char *things);

#endif
