#ifndef BOX_CLIENT_INBOX_H
#define BOX_CLIENT_INBOX_H

#include "event.h"
#include "wire.h"

/* Data received from the monitor that has not been decoded yet. Initialized to zero except for the socket. */
struct inbox {
    int monitor;
    struct decoder decoder;
    uint8_t bytes[1 << 18];
    uint8_t *next;
    size_t unread;
};

struct message {
    enum { MESSAGE_NONE, MESSAGE_OUTPUT, MESSAGE_WINDOW, MESSAGE_EVENT } what;
    struct chunk output;
    uint32_t window;
    struct event event;
};

/* Waits for more data; to be called once everything has been decoded. Returns false if the stream has ended, which before
 * EVENT_EXITED or EVENT_FAILED means that the monitor was killed. */
bool receive(struct inbox *inbox);

/* Returns the next message, valid until the next call. Exits the process if the data is malformed. */
struct message next_message(struct inbox *inbox);

#endif
