#ifndef BOX_MOVES_H
#define BOX_MOVES_H

/*
 * Files of a start, written beside those of the box: MOVES has where they are and where they belong by turns, and NULL at
 * its end.
 */

/* Brings all of them to their places, or none. Ends the process when it cannot. */
void move_files(char **moves);

/* Removes them where they are. */
void remove_files(char **moves);

#endif
