// WATCH: reports changes to a file, or to the contents of a directory.
#ifndef FILE_WATCH_H
#define FILE_WATCH_H

#include <stdbool.h>

// Writes events until the path is gone or the process is killed. Ends the process if the path cannot be watched. Events
// that the host does not read wait in the kernel's bounded queue; when it is full, OVERFLOW is reported.
void watch_files(int root, const char *path, bool recursive);

#endif
