// MKDIR, REMOVE and RENAME.
#ifndef FILE_CHANGE_H
#define FILE_CHANGE_H

#include <stdbool.h>
#include <sys/types.h>

// All of these end the process on failure. New directories belong to root.
void change_mkdir(int root, const char *path, bool parents, mode_t mode);
void change_remove(int root, const char *path, bool recursive);
// Replaces an existing target as rename(2) does.
void change_rename(int root, const char *from, const char *to);

#endif
