/* Seeds: trees of directories, files and links, and paths in them, in the format of fuzz/target-source.c. */
#include "../../fuzz/mutate.h"

const struct mutation mutation = {
    .max_input = 1 << 12,
    .max_edits = 8,
    .max_run = 16,
    INTERESTING("\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17/.%\xff"),
};

#define SEED(text) add(new_seed(), text, sizeof(text) - 1)

void make_seeds(void) {
    /* a/b/c is a directory. */
    SEED("\0\3"
         "\0\0\0\0"
         "\0\1\1\0"
         "\0\2\2\0"
         "\0\1\2");
    /* a/b is a file. */
    SEED("\0\2"
         "\0\0\0\0"
         "\2\1\1\0"
         "\0\1");
    /* a is a link that leads out, as when the root of a jail is created. */
    SEED("\0\1"
         "\3\0\0\0"
         "\0\1");
    SEED("\2\1"
         "\3\0\0\0"
         "\0\1");
    /* a/b and a/c, a link, are exchanged repeatedly, also by another thread. */
    SEED("\0\5"
         "\0\0\0\0"
         "\0\1\1\0"
         "\0\2\2\0"
         "\3\1\2\0"
         "\5\1\1\2"
         "\0\1\2");
    SEED("\1\5"
         "\0\0\0\0"
         "\0\1\1\0"
         "\0\2\0\0"
         "\3\1\2\1"
         "\5\1\1\2"
         "\0\1\0");
    SEED("\1\5"
         "\0\0\0\0"
         "\0\1\1\0"
         "\2\2\1\0"
         "\3\1\2\0"
         "\5\1\1\2"
         "\0\1\1");
    /* Links to each other, and unusual names. */
    SEED("\0\4"
         "\4\0\0\1"
         "\4\0\1\0"
         "\0\0\6\0"
         "\0\1\7\0"
         "\6\7/./"
         "x");
    /* Mount points in a jail: directories and files, existing and missing. */
    SEED("\2\2"
         "\0\0\0\0"
         "\4\1\1\0"
         "\0\1\2/new/new");
    SEED("\6\3"
         "\0\0\0\0"
         "\3\1\1\1"
         "\7\0\2\1"
         "\2\0/new");
    SEED("\3\5"
         "\0\0\0\0"
         "\0\1\1\0"
         "\3\1\2\1"
         "\5\1\1\2"
         "\4\0\0\0"
         "\0\1/new/new");
    /* A directory that was just created is exchanged for a link. */
    SEED("\6\3"
         "\0\0\0\0"
         "\3\1\1\0"
         "\5\1\1\2"
         "\0\2");
}
