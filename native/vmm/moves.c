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
 * What the box's folder shows of a start is that of the one that has the lock; another's files go. All of them take their
 * places or none does: until then the old ones have the new one's names.
 */
void move_files(char **moves) {
    size_t count = length_of(moves);
    size_t done = 0;
    cleanup_free bool *exchanged = calloc(count + 1, sizeof *exchanged);
    if (exchanged == NULL) die_errno("no memory");
    for (; done < count; done += 2) {
        exchanged[done] = renameat2(AT_FDCWD, moves[done], AT_FDCWD, moves[done + 1], RENAME_EXCHANGE) == 0;
        /* Nothing is there yet, or the file system cannot exchange. */
        if (!exchanged[done] && rename(moves[done], moves[done + 1]) != 0) break;
    }
    int error = errno;
    for (size_t at = done; done < count && at > 0; at -= 2) {
        unsigned flags = exchanged[at - 2] ? RENAME_EXCHANGE : 0;
        (void)renameat2(AT_FDCWD, moves[at - 1], AT_FDCWD, moves[at - 2], flags);
    }
    errno = error;
    if (done < count) die_errno("cannot move %s to its place", moves[done]);
    for (size_t at = 0; at < count; at += 2) {
        if (exchanged[at]) (void)unlink(moves[at]);
    }
}

void remove_files(char **moves) {
    for (; *moves != NULL; moves += 2) (void)unlink(moves[0]);
}
