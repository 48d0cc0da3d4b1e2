// What is in a file: read to stdout, or written from stdin.
#ifndef FILE_CONTENT_H
#define FILE_CONTENT_H

#include "file.h"

// Both end the process when it cannot be done. Nothing but a regular file is opened.
void content_read(int root, const struct file_request *request);
// What comes on stdin is cut into pieces (chunks.h). The file is replaced as a whole, when all has come; with APPEND, or
// where something is mounted on it, it is written to.
void content_write(int root, const struct file_request *request);

#endif
