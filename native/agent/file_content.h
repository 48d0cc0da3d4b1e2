// READ and WRITE: copies a file to stdout, or stdin to a file.
#ifndef FILE_CONTENT_H
#define FILE_CONTENT_H

#include "file.h"

// Both end the process on failure. Only regular files are opened.
void content_read(int root, const struct file_request *request);
// Reads stdin in chunks (chunks.h). The file is replaced atomically once all content has arrived; with APPEND, or if
// something is mounted on the file, the file itself is written to.
void content_write(int root, const struct file_request *request);

#endif
