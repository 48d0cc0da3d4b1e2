// What happens to the files of a folder, or to one file: WATCH.
#ifndef FILE_WATCH_H
#define FILE_WATCH_H

#include <stdbool.h>

// Writes events until what is at the path has gone, or the process is killed. Ends the process when it cannot be
// watched. What the host does not read waits in the kernel, which has an end: OVERFLOW is told then.
void watch_files(int root, const char *path, bool recursive);

#endif
