#ifndef BOX_RESET_H
#define BOX_RESET_H

#include <sys/socket.h>

/* Corrects resets in the frames that passt sends to the guest; each part of the message is a frame after a 4-byte length. */
void reset_correct(const struct msghdr *frames);

#endif
