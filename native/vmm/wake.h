#ifndef BOX_WAKE_H
#define BOX_WAKE_H

#include <stdbool.h>

/* Sends a WAKE with new random bytes to an agent, without waiting for its HELLO. Returns false with errno set. */
bool send_wake(int agent);

#endif
