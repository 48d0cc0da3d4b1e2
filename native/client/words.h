/* Flags on a command line, as commander parses them: `-u x`, `-ux`, `--user x`, `--user=x`, `-iu x`, `--pool`, `--pool=x`. */
#ifndef BOX_CLIENT_WORDS_H
#define BOX_CLIENT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct flag {
    /* 0 if there is only a name. */
    char letter;
    const char *name;
    enum { NO_VALUE, VALUE, OPTIONAL_VALUE } value;
};

struct grammar {
    const struct flag *flags;
    size_t count;
    /* Returns false for a value that is left to Node. The value of a flag without one is empty. */
    bool (*set)(void *into, const struct flag *flag, const char *value);
};

/* Parses the flags that the words begin with. Returns the words after them, or NULL if they are left to Node. */
char **take_flags(const struct grammar *grammar, char **words, void *into);

#endif
