#ifndef BOX_RESET_H
#define BOX_RESET_H

#include <sys/socket.h>

/* Mends the frames that passt sends to the guest: each part of the message is one, after its length in 4 bytes. */
void reset_mend(const struct msghdr *frames);

#endif
