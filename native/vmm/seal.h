#ifndef BOX_SEAL_H
#define BOX_SEAL_H

#include <stdbool.h>

/*
 * From here on this process, which has given up new privileges, opens no file any more, and can neither signal nor reach by
 * an abstract socket what is outside. True where the kernel has no Landlock; false and errno where it has and refuses.
 */
bool seal_files(void);

#endif
