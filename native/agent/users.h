// Who a program runs as: the guest's /etc/passwd and /etc/group, read by Docker's rules.
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

// Resolves `user[:group]`, names or numbers, empty: root. A number that the files do not know stands for itself.
bool resolve_user(const char *specification, struct text passwd, struct text group, struct identity *identity,
                  struct failure *failure);

// Adds groups, names or numbers, to the identity; `names` ends with NULL.
bool resolve_groups(const char *const *names, struct text group, struct identity *identity, struct failure *failure);
// Both, with the guest's files, for a program that is to start.
bool identify(const struct start *start, struct identity *identity, struct failure *failure);

// Reads a file of the guest whole: an ordinary one of at most 16 MiB; anything else counts as empty. On the heap.
struct text read_whole_file(const char *path);

#endif
