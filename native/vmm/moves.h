#ifndef BOX_MOVES_H
#define BOX_MOVES_H

/* The files for a start of a box are written under temporary names. MOVES has pairs of source and destination, then NULL. */

/* Moves all of the files, or none. Exits on failure. */
void move_files(char **moves);

/* Removes the files at their sources. */
void remove_files(char **moves);

#endif
