// Files and directories that the agent created in the writable layer for the box, as Docker does in a layer of its own; they
// do not count as changes of the box.
#ifndef OWN_FILES_H
#define OWN_FILES_H

#include <stdbool.h>
#include <sys/stat.h>

// FD is an empty file or a link, or -1. It is kept open.
void add_own_file(int fd);
// FD is a directory, or -1. It is kept open. IMAGE: its status in the image, or NULL if the agent created it.
void add_own_folder(int fd, const struct stat *image);
// STATUS is the status of a file in the writable layer or in the box's root.
bool is_own_file(const struct stat *status);
// Whether a directory, which is NAME in the working directory, is in the layer only because of such files in it.
bool is_untouched_folder(const char *name, const struct stat *status);
// Whether an extended attribute is internal to the file system, and meaningless elsewhere.
bool is_private_attribute(const char *name);

#endif
