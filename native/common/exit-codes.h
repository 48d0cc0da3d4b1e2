// Exit code of box's own failures, as Docker's.
#ifndef COMMON_EXIT_CODES_H
#define COMMON_EXIT_CODES_H

enum { EXIT_DIED = 125 };

#endif
