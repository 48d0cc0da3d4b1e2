#ifndef BOX_CLIENT_INBOX_H
#define BOX_CLIENT_INBOX_H

#include "event.h"
#include "wire.h"

/* What the monitor has said and nobody has looked at yet. Zeroed at first, but for the socket. */
struct inbox {
    int monitor;
    struct decoder decoder;
    uint8_t bytes[1 << 18];
    uint8_t *next;
    size_t unread;
};

struct said {
    enum { SAID_NOTHING, SAID_OUTPUT, SAID_WINDOW, SAID_EVENT } what;
    struct piece output;
    uint32_t window;
    struct event event;
};

/* Waits for more, when all has been looked at. Without an end of the conversation that was told before, a stream that
 * ends ends this process. */
void receive(struct inbox *inbox);

/* The next of what was said, there until the next call. What nobody understands ends this process. */
struct said next_said(struct inbox *inbox);

#endif
