#ifndef BOX_CLIENT_COMMAND_LINE_H
#define BOX_CLIENT_COMMAND_LINE_H

#include "../buffer.h"

enum { MOST_VARIABLES = 32 };

/* A plain command line of `box run`: its flags mean the same whatever the host's files and variables are. */
struct run {
    bool interactive, detach;
    /* NULL: a random one. */
    const char *name;
    /* The values of -e, in order; each variable occurs once. */
    const char *values[MOST_VARIABLES];
    size_t value_count;
    const char *image;
    /* The words after the image; possibly none. */
    char **command;
};

/* Parses the arguments after `run`, and adds to the key what a plan for them depends on: everything except the name, the
 * values of variables and the arguments of the program. Returns false if Node has to handle them. */
bool read_run(char **words, struct run *run, struct buffer *key);

/* Adds a field to a key, preceded by its length. */
void add_to_key(struct buffer *key, const char *bytes, size_t length);

#endif
