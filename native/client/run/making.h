#ifndef BOX_CLIENT_MAKING_H
#define BOX_CLIENT_MAKING_H

#include "../buffer.h"
#include "command-line.h"
#include "identity.h"
#include "plan.h"

/* A box to be made: everything in it, before anything is written. */
struct making {
    struct plan plan;
    const struct way *way;
    const struct run *run;
    struct identity identity;
    const char *name;
    struct buffer record, event;
    /* The launch request, and that to attach. */
    struct buffer request;
    char *words[PLAN_MOST_WORDS + 1];
};

/* Chooses the way to start, makes an identity for the box of a command line, and fills the holes of its plan. Returns
 * false if something does not fit: Node has other ways then. */
bool prepare(struct making *making, const struct run *run);

/* Fills the holes again, with another identity. */
bool fill_holes(struct making *making);

#endif
