#ifndef BOX_CLIENT_EVENT_H
#define BOX_CLIENT_EVENT_H

#include "report.h"

#include <stdbool.h>

enum event_kind { EVENT_OTHER, EVENT_STARTED, EVENT_FAILED, EVENT_EXITED, EVENT_TAKEN, EVENT_CLAIMED };

/* An event from the monitor (src/vm/protocol/control/wire.ts), or from the keeper of a pool (src/vm/pool/messages.ts). */
struct event {
    enum event_kind kind;
    /* EVENT_STARTED: it is about the program of this connection. */
    bool program;
    /* EVENT_EXITED: the program's. */
    int exit_code;
    struct text code, message, subject, hint, reason;
    /* EVENT_TAKEN: the VM's. */
    struct text id;
};

/* Parses an event, a JSON object without nested objects. The texts of the event are decoded in place, in `json`. Returns
 * false if it is not a valid event. */
bool read_event(char *json, size_t length, struct event *event);

/* The exit code of `box exec` after EVENT_EXITED or EVENT_FAILED, as in src/cli/exit-code.ts. */
int exit_code_of(const struct event *event);

#endif
