#ifndef BOX_CLIENT_RUN_H
#define BOX_CLIENT_RUN_H

/* Tells Node how to write a plan for its command line: the plan's name, how many words come after the image, the box's name
 * or `-`, and the key, separated by spaces. */
#define PLAN_VARIABLE "BOX_PLAN"

/* `box run`, with the words after it, by a plan. Returns the exit code, or -1 if Node has to handle the command and no part
 * of a box exists; it may write a plan then. */
int run_natively(char **words);

#endif
