#ifndef BOX_CLIENT_EVENT_H
#define BOX_CLIENT_EVENT_H

#include "report.h"

#include <stdbool.h>

enum event_kind { EVENT_OTHER, EVENT_STARTED, EVENT_FAILED, EVENT_EXITED };

/* What the monitor tells (src/vm/protocol/control/wire.ts). */
struct event {
    enum event_kind kind;
    /* Of EVENT_STARTED: the program of this conversation. */
    bool program;
    /* Of EVENT_EXITED: the program's. */
    int exit_code;
    struct text code, message, hint, reason;
};

/* Reads an event in JSON, an object without objects in it, and writes over it: the texts of the event lie there. False:
 * it is none. */
bool read_event(char *json, size_t length, struct event *event);

/* The exit code of a `box exec` that such an end of its program ends, as src/cli/exit-code.ts has it. */
int exit_code_of(const struct event *event);

#endif
