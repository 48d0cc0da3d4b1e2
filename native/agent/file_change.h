// Folders that are made; files and folders that are removed or get another name.
#ifndef FILE_CHANGE_H
#define FILE_CHANGE_H

#include <stdbool.h>
#include <sys/types.h>

// All end the process when it cannot be done. What is made is root's.
void change_mkdir(int root, const char *path, bool parents, mode_t mode);
void change_remove(int root, const char *path, bool recursive);
// What has the new name before is replaced where rename(2) does so.
void change_rename(int root, const char *from, const char *to);

#endif
