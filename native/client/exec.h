#ifndef BOX_CLIENT_EXEC_H
#define BOX_CLIENT_EXEC_H

/* `box exec`, with the words after it. Returns the exit code, or -1 if Node has to handle the command and nothing has
 * happened yet. */
int exec_natively(char **words);

#endif
