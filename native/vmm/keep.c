#define _GNU_SOURCE
#include "verbs.h"

#include "descriptors.h"
#include "die.h"
#include "launch-options.h"
#include "presence.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The program's descriptors; 0 to 3 are inherited from the caller. */
enum { CONTROL = 4, LOCK = 5 };

void keep(char **words) {
    if (length_of(words) < 6 || strcmp(words[0], "--lock") != 0 || strcmp(words[2], "--socket") != 0 ||
        strcmp(words[4], "--") != 0) {
        die("usage: box-vmm keep --lock FILE --socket PATH -- PROGRAM ARG…");
    }
    int lock = take_lock(words[1]);
    /* The caller waits for the other keeper, to whose log it must not write. */
    if (lock < 0) _exit(EXIT_LOCKED);
    put_at(listen_at(words[3]), CONTROL);
    put_at(lock, LOCK);
    if (close_range(LOCK + 1, ~0U, 0) != 0) die_errno("cannot close descriptors");
    execv(words[5], words + 5);
    die_errno("cannot execute %s", words[5]);
}
