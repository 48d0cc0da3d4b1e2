// Removes a directory and its contents.
#ifndef FILE_TREE_H
#define FILE_TREE_H

// Follows no links and enters no mounts. Ends the process if something cannot be removed.
void tree_remove(int folder, const char *name);

#endif
