// Exit code for failures of box itself, as in Docker.
#ifndef COMMON_EXIT_CODES_H
#define COMMON_EXIT_CODES_H

enum { EXIT_DIED = 125 };

#endif
