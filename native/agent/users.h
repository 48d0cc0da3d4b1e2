// The user that a program runs as, resolved in the guest's /etc/passwd and /etc/group as Docker does.
#ifndef USERS_H
#define USERS_H

#include <stddef.h>
#include <sys/types.h>

#include "failure.h"
#include "messages.h"

enum { MAX_GROUPS = 1024, MAX_HOME = 4096, MAX_ID = 0x7fffffff };

struct identity {
    uid_t uid;
    gid_t gid;
    size_t group_count;
    gid_t groups[MAX_GROUPS];
    char home[MAX_HOME];
};

// Resolves `user[:group]`, names or numbers; empty: root. Numbers need no entry in the files.
bool resolve_user(const char *specification, struct text passwd, struct text group, struct identity *identity,
                  struct failure *failure);

// Adds groups, names or numbers, to the identity; `names` is NULL-terminated.
bool resolve_groups(const char *const *names, struct text group, struct identity *identity, struct failure *failure);
// Does both with the guest's files, for a program about to start.
bool identify(const struct start *start, struct identity *identity, struct failure *failure);

// Reads a regular file of the guest of at most 16 MiB to the heap; anything else counts as empty.
struct text read_whole_file(const char *path);

#endif
