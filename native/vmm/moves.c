#define _GNU_SOURCE
#include "moves.h"

#include "../common/cleanup.h"
#include "die.h"
#include "launch-options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * Only the start that holds the lock moves its files into place; the files of others are removed. Either all files are
 * moved or none: old files are exchanged with the new ones, so that this can be undone if a later one fails.
 */
void move_files(char **moves) {
    size_t count = length_of(moves);
    size_t done = 0;
    cleanup_free bool *exchanged = calloc(count + 1, sizeof *exchanged);
    if (exchanged == NULL) die_errno("no memory");
    for (; done < count; done += 2) {
        exchanged[done] = renameat2(AT_FDCWD, moves[done], AT_FDCWD, moves[done + 1], RENAME_EXCHANGE) == 0;
        /* There is no old file, or the file system does not support exchanging. */
        if (!exchanged[done] && rename(moves[done], moves[done + 1]) != 0) break;
    }
    int error = errno;
    for (size_t at = done; done < count && at > 0; at -= 2) {
        unsigned flags = exchanged[at - 2] ? RENAME_EXCHANGE : 0;
        (void)renameat2(AT_FDCWD, moves[at - 1], AT_FDCWD, moves[at - 2], flags);
    }
    errno = error;
    if (done < count) die_errno("cannot move %s into place", moves[done]);
    for (size_t at = 0; at < count; at += 2) {
        if (exchanged[at]) (void)unlink(moves[at]);
    }
}

void remove_files(char **moves) {
    for (; *moves != NULL; moves += 2) (void)unlink(moves[0]);
}
