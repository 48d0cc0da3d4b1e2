#ifndef BOX_CLIENT_FILL_H
#define BOX_CLIENT_FILL_H

#include "../buffer.h"

/* The values that are different for each box. */
struct filling {
    const char *id, *name, *time, *process;
    /* The words after the image, NULL-terminated. */
    char **command;
    const char *const *values;
    size_t value_count;
    /* For the launch request: the box's record; for the arguments of the helper: the request's length. */
    const char *record;
    size_t request_length;
};

/* Adds a text of a plan, with its holes filled. Afterwards, `out` is not whole if the text is damaged, or what it is filled
 * with is not UTF-8. */
void fill(struct buffer *out, const char *text, const struct filling *filling);

#endif
