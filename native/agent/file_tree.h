// Removal of a folder with all that is in it.
#ifndef FILE_TREE_H
#define FILE_TREE_H

// Follows no link and enters nothing that is mounted. Ends the process when something stays.
void tree_remove(int folder, const char *name);

#endif
