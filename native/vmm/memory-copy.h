#ifndef BOX_MEMORY_COPY_H
#define BOX_MEMORY_COPY_H

/*
 * Returns a descriptor, closed on execve(), of a copy in memory of a sparse file. Unlike a private mapping of the file, other
 * processes can map the copy, too.
 */
int copy_to_memory(int file);

#endif
